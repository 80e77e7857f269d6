//! The maps between samples and points, tile by tile, in vectors of planes.

use std::marker::PhantomData;

use super::scheme::{MOST_POINTS, Scheme, Tile};
use crate::{
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

/// One of the four maps of a scheme, between tiles of samples and their values at the points.
pub(crate) trait TileMap {
    /// Items of a tile that it reads.
    const FROM: usize;
    /// Items of a tile that it writes.
    const TO: usize;
    /// The first items of a tile that the tile before has written too: they are added to.
    const SHARED: usize = 0;

    /// The map.
    fn apply<T: Real, V: Vector<T>>(tile: Tile<V>) -> Tile<V>;
}

macro_rules! tile_map {
    ($(#[$what:meta])* $name:ident: $function:ident, $from:ident to $to:ident $(, shared: $shared:expr)?) => {
        $(#[$what])*
        pub(crate) struct $name<C>(PhantomData<C>);

        impl<C: Scheme> TileMap for $name<C> {
            const FROM: usize = C::$from;
            const TO: usize = C::$to;
            $(const SHARED: usize = $shared;)?

            #[inline(always)]
            fn apply<T: Real, V: Vector<T>>(tile: Tile<V>) -> Tile<V> {
                C::$function::<T, V>(tile)
            }
        }
    };
}

tile_map!(
    /// B^T d: the input at the points.
    Input: input, POINTS to POINTS
);
tile_map!(
    /// B g: the input's gradient from that at the points. Input tiles overlap.
    InputAdjoint: input_adjoint, POINTS to POINTS, shared: C::TAPS - 1
);
tile_map!(
    /// A^T m: the output from its values at the points.
    Output: output, POINTS to OUTPUTS
);
tile_map!(
    /// A g: the output's gradient at the points.
    OutputAdjoint: output_adjoint, OUTPUTS to POINTS
);

/// Elements between two tiles, and between two items of a tile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strides {
    pub(crate) tile: usize,
    pub(crate) item: usize,
}

impl Strides {
    /// Where the last of so many items of a tile begins.
    #[inline(always)]
    fn end(self, items: usize, tile: usize) -> usize {
        tile * self.tile + (items - 1) * self.item
    }
}

/// Maps the first `count` tiles of `lanes` lanes. Items beyond the end of `from` are zeros, and those beyond that of `to` are dropped: the
/// last tile may reach beyond the samples.
pub(crate) fn map_tiles<T: Real, M: TileMap>(
    set: InstructionSet,
    count: usize,
    lanes: usize,
    from: (&[T], Strides),
    to: (&mut [T], Strides),
) {
    T::run(set, MapTiles { count, lanes, from, to, map: PhantomData::<M> });
}

struct MapTiles<'a, T, M> {
    count: usize,
    lanes: usize,
    from: (&'a [T], Strides),
    to: (&'a mut [T], Strides),
    map: PhantomData<M>,
}

impl<T: Real, M: TileMap> Kernel<T> for MapTiles<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(mut self) {
        let mut whole = 0;
        while whole < self.count && self.is_whole(whole) {
            whole += 1;
        }
        for tile in 0..whole {
            self.tile::<S, true>(tile);
        }
        for tile in whole..self.count {
            self.tile::<S, false>(tile);
        }
    }
}

impl<T: Real, M: TileMap> MapTiles<'_, T, M> {
    /// Whether all items of a tile are there.
    #[inline(always)]
    fn is_whole(&self, tile: usize) -> bool {
        let ((from, from_strides), (to, to_strides)) = (&self.from, &self.to);
        from_strides.end(M::FROM, tile) + self.lanes <= from.len()
            && to_strides.end(M::TO, tile) + self.lanes <= to.len()
    }

    /// Maps a tile; all its items are there where it is `WHOLE`.
    #[inline(always)]
    fn tile<S: Simd<T>, const WHOLE: bool>(&mut self, tile: usize) {
        let ((from, from_strides), (to, to_strides)) = (self.from, &mut self.to);
        let (from, to) = (&from[tile * from_strides.tile..], &mut to[tile * to_strides.tile..]);
        let shared = if tile == 0 { 0 } else { M::SHARED };
        for column in (0..self.lanes).step_by(LANES) {
            let mut items = [S::Vector::splat(T::zero()); MOST_POINTS];
            for (item, vector) in items[..M::FROM].iter_mut().enumerate() {
                let at = item * from_strides.item + column;
                if WHOLE || at + LANES <= from.len() {
                    *vector = S::Vector::read(&from[at..]);
                }
            }
            let mapped = M::apply::<T, S::Vector>(items);
            for (item, vector) in mapped[..M::TO].iter().enumerate() {
                let at = item * to_strides.item + column;
                if WHOLE || at + LANES <= to.len() {
                    let to = &mut to[at..];
                    let value = if item < shared { S::Vector::read(to).add(*vector) } else { *vector };
                    value.write(to);
                }
            }
        }
    }
}

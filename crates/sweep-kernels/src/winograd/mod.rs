//! Convolutions along time by minimal filtering: input tiles and filters are taken to a few points, multiplied there as matrices
//! over the planes, and taken back.
//!
//! Activations are `[time, plane]`, with the planes padded to whole vectors, so all three maps are plain arithmetic on vectors of planes, and the
//! products need no copies. A filter with more taps than the scheme's is cut into segments. Input tiles are as far apart as output tiles, so
//! where m = r the tile of the next segment is the next tile: its planes follow in memory, and all segments are one sum of a
//! product.

mod backward;
mod forward;
pub(crate) mod scheme;
#[cfg(test)]
mod tests;
pub(crate) mod tiles;
pub(crate) mod weights;

use crate::{real::Real, vector::in_lanes};
use scheme::{FourOfFive, Scheme};
use tiles::Strides;

/// Sizes of a convolution along time of `[input, time]` to `[output, time + 2 * padding - taps + 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeConvolution {
    /// Input planes.
    pub inputs: usize,
    /// Output planes.
    pub outputs: usize,
    /// Taps of a filter.
    pub taps: usize,
    /// Zeros on either side.
    pub padding: usize,
    /// Samples of the input.
    pub time: usize,
}

impl TimeConvolution {
    /// Samples of the output.
    pub fn out_time(&self) -> usize {
        self.time + 2 * self.padding + 1 - self.taps
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    FourOfFive,
    FourOfFour,
}

/// Runs an expression with `$scheme` standing for the type of a kind.
macro_rules! for_scheme {
    ($kind:expr, $scheme:ident => $work:expr) => {
        match $kind {
            $crate::winograd::Kind::FourOfFive => {
                type $scheme = $crate::winograd::scheme::FourOfFive;
                $work
            }
            $crate::winograd::Kind::FourOfFour => {
                type $scheme = $crate::winograd::scheme::FourOfFour;
                $work
            }
        }
    };
}
use for_scheme;

/// A convolution along time, laid out. A trial's input is `[input_rows, in_lanes]`: `padding` rows of zeros, the samples, and
/// zeros up to the end. Its output is `[out_time, out_lanes]`.
#[derive(Debug, Clone)]
pub struct Winograd {
    sizes: TimeConvolution,
    kind: Kind,
    segments: usize,
    /// Output tiles of a trial.
    tiles: usize,
    /// Which plane stands in each lane of the input.
    planes: Vec<Option<usize>>,
    /// Inner dimension of the forward product.
    depth: usize,
    /// Inner dimension of the product for the input's gradient.
    out_depth: usize,
}

/// A convolution's weights at the points, for both directions. One for each layout: lanes without a plane keep what they hold.
#[derive(Debug, Clone)]
pub struct PackedWeights<T> {
    /// `[point, segment * lane, out lane]`.
    forward: Vec<T>,
    /// `[point, segment * out, lane]`, the segments in reverse order.
    backward: Vec<T>,
    /// Room for filters in the order `[tap, lane]`.
    taps: Vec<T>,
}

impl<T> Default for PackedWeights<T> {
    fn default() -> Self {
        Self { forward: Vec::new(), backward: Vec::new(), taps: Vec::new() }
    }
}

/// Elements between the arrays of two points, beyond their size: equal distances of a power of two would meet in the same places
/// of the cache.
const GAP: usize = 16;

impl Winograd {
    /// The layout for `sizes`, where lane i of the input holds the plane `planes[i]`, or nothing but zeros.
    ///
    /// # Panics
    /// If the lanes are no whole vectors, or the padded input is shorter than the filter.
    pub fn new(sizes: TimeConvolution, planes: Vec<Option<usize>>) -> Self {
        assert!(planes.len() == in_lanes(planes.len()), "lanes of a convolution");
        assert!(sizes.taps > 0 && sizes.time + 2 * sizes.padding >= sizes.taps, "taps of a convolution");
        let kind = if sizes.taps == FourOfFive::TAPS { Kind::FourOfFive } else { Kind::FourOfFour };
        let (outputs, taps) = for_scheme!(kind, C => (C::OUTPUTS, C::TAPS));
        let segments = sizes.taps.div_ceil(taps);
        let used = planes.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        // Between the segments of one sum stand the lanes without planes too.
        let (depth, out_depth) = if segments == 1 {
            (used, sizes.outputs)
        } else {
            (segments * planes.len(), segments * in_lanes(sizes.outputs))
        };
        Self { sizes, kind, segments, tiles: sizes.out_time().div_ceil(outputs), planes, depth, out_depth }
    }

    /// The sizes.
    pub fn sizes(&self) -> TimeConvolution {
        self.sizes
    }

    /// Lanes of the input.
    pub fn lanes(&self) -> usize {
        self.planes.len()
    }

    /// Lanes of the output.
    pub fn out_lanes(&self) -> usize {
        in_lanes(self.sizes.outputs)
    }

    /// Rows of a trial's input.
    pub fn input_rows(&self) -> usize {
        (self.in_tiles() - 1) * self.outputs_a_tile() + self.points()
    }

    /// Rows of a trial's output gradient: whole tiles.
    pub fn gradient_rows(&self) -> usize {
        self.tiles * self.outputs_a_tile()
    }

    /// Elements of scratch memory.
    pub fn scratch(&self) -> usize {
        self.points() * (self.in_stride() + self.out_stride())
    }

    /// Elements of the gradient of the weights at the points.
    pub fn gradient_elements(&self) -> usize {
        self.points() * self.depth * self.out_lanes()
    }

    /// Elements of the [`PackedWeights`], with the room in which they are made.
    pub fn packed_elements(&self) -> usize {
        let (lanes, out_lanes) = (self.lanes(), self.out_lanes());
        let room = weights::MOST_TAPS * lanes.max(out_lanes);
        self.points() * (self.depth * out_lanes + self.out_depth * lanes) + room
    }

    fn points(&self) -> usize {
        for_scheme!(self.kind, C => C::POINTS)
    }

    fn outputs_a_tile(&self) -> usize {
        for_scheme!(self.kind, C => C::OUTPUTS)
    }

    fn in_tiles(&self) -> usize {
        self.tiles + self.segments - 1
    }

    /// Elements between the input tiles of two points.
    fn in_stride(&self) -> usize {
        self.in_tiles() * self.lanes() + GAP
    }

    /// Rows of zeros before and after the output tiles, for the segments that begin before or end after them.
    fn margin(&self) -> usize {
        self.segments - 1
    }

    /// Elements between the output tiles of two points.
    fn out_stride(&self) -> usize {
        (self.tiles + 2 * self.margin()) * self.out_lanes() + GAP
    }

    /// Where the samples of a tile stand, in rows of `lanes`.
    fn samples(&self, lanes: usize) -> Strides {
        Strides { tile: self.outputs_a_tile() * lanes, item: lanes }
    }

    /// Where the values of an input tile at the points stand.
    fn input_points(&self) -> Strides {
        Strides { tile: self.lanes(), item: self.in_stride() }
    }

    /// Where the values of an output tile at the points stand.
    fn output_points(&self) -> Strides {
        Strides { tile: self.out_lanes(), item: self.out_stride() }
    }

    /// Scratch memory as input and output tiles.
    fn split<'a, T: Real>(&self, scratch: &'a mut [T]) -> (&'a mut [T], &'a mut [T]) {
        scratch[..self.scratch()].split_at_mut(self.points() * self.in_stride())
    }
}

//! The convolution itself.

use super::{
    Kind, PackedWeights, Winograd,
    scheme::{FourOfFive, MOST_POINTS, Scheme, ThreeOfThree},
};
use crate::{
    product::{Left, Right, Size, Target, product},
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

impl Winograd {
    /// The output `z` `[out_time, out_lanes]` of a trial, without bias, of its input `x` `[input_rows, lanes]`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn forward<T: Real>(
        &self,
        set: InstructionSet,
        weights: &PackedWeights<T>,
        x: &[T],
        z: &mut [T],
        scratch: &mut [T],
    ) {
        assert!(x.len() >= self.input_rows() * self.lanes(), "input of a convolution");
        assert!(z.len() >= self.sizes.out_time() * self.out_lanes(), "output of a convolution");
        let (inputs, outputs) = self.split(scratch);
        self.to_points(set, x, inputs);
        let size = Size { rows: self.tiles, columns: self.out_lanes(), depth: self.depth };
        for point in 0..self.points() {
            product(
                set,
                size,
                Left {
                    elements: &inputs[point * self.in_stride()..],
                    row_stride: self.lanes(),
                    depth_stride: 1,
                },
                Right {
                    elements: &weights.forward[point * self.depth * self.out_lanes()..],
                    stride: self.out_lanes(),
                },
                (&mut outputs[point * self.out_stride()..], self.out_lanes()),
                Target::Replace,
            );
        }
        match self.kind {
            Kind::FourOfFive => T::run(set, FromPoints::<T, FourOfFive>::new(self, outputs, z)),
            Kind::ThreeOfThree => T::run(set, FromPoints::<T, ThreeOfThree>::new(self, outputs, z)),
        }
    }

    /// The input's tiles at the points.
    pub(super) fn to_points<T: Real>(&self, set: InstructionSet, x: &[T], tiles: &mut [T]) {
        match self.kind {
            Kind::FourOfFive => T::run(set, ToPoints::<T, FourOfFive>::new(self, x, tiles)),
            Kind::ThreeOfThree => T::run(set, ToPoints::<T, ThreeOfThree>::new(self, x, tiles)),
        }
    }
}

/// B^T d of all tiles.
struct ToPoints<'a, T, S> {
    layout: &'a Winograd,
    x: &'a [T],
    tiles: &'a mut [T],
    scheme: std::marker::PhantomData<S>,
}

impl<'a, T, S> ToPoints<'a, T, S> {
    fn new(layout: &'a Winograd, x: &'a [T], tiles: &'a mut [T]) -> Self {
        Self { layout, x, tiles, scheme: std::marker::PhantomData }
    }
}

impl<T: Real, C: Scheme> Kernel<T> for ToPoints<'_, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let (lanes, stride) = (self.layout.lanes(), self.layout.in_stride());
        let x = &self.x[..self.layout.input_rows() * lanes];
        for tile in 0..self.layout.in_tiles() {
            let x = &x[tile * C::OUTPUTS * lanes..][..C::POINTS * lanes];
            for column in (0..lanes).step_by(LANES) {
                let mut samples = [S::Vector::splat(T::zero()); MOST_POINTS];
                for (sample, vector) in samples[..C::POINTS].iter_mut().enumerate() {
                    *vector = S::Vector::read(&x[sample * lanes + column..]);
                }
                let points = C::input::<T, S::Vector>(samples);
                for (point, vector) in points[..C::POINTS].iter().enumerate() {
                    vector.write(&mut self.tiles[point * stride + tile * lanes + column..]);
                }
            }
        }
    }
}

/// A^T m of all tiles.
struct FromPoints<'a, T, S> {
    layout: &'a Winograd,
    tiles: &'a [T],
    z: &'a mut [T],
    scheme: std::marker::PhantomData<S>,
}

impl<'a, T, S> FromPoints<'a, T, S> {
    fn new(layout: &'a Winograd, tiles: &'a [T], z: &'a mut [T]) -> Self {
        Self { layout, tiles, z, scheme: std::marker::PhantomData }
    }
}

impl<T: Real, C: Scheme> Kernel<T> for FromPoints<'_, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let (lanes, stride) = (self.layout.out_lanes(), self.layout.out_stride());
        let z = &mut self.z[..self.layout.sizes.out_time() * lanes];
        for (row, tile) in z.chunks_mut(C::OUTPUTS * lanes).enumerate() {
            for column in (0..lanes).step_by(LANES) {
                let mut points = [S::Vector::splat(T::zero()); MOST_POINTS];
                for (point, vector) in points[..C::POINTS].iter_mut().enumerate() {
                    *vector = S::Vector::read(&self.tiles[point * stride + row * lanes + column..]);
                }
                let outputs = C::output::<T, S::Vector>(points);
                // The last tile may reach beyond the output.
                for (output, vector) in tile.chunks_exact_mut(lanes).zip(&outputs[..C::OUTPUTS]) {
                    vector.write(&mut output[column..]);
                }
            }
        }
    }
}

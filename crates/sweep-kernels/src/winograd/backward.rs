//! The gradients of input and weights.

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
    /// From a trial's input `x` `[input_rows, lanes]` and its output's gradient `dz` `[gradient_rows, out_lanes]`, whose rows
    /// beyond `out_time` are zero: adds the gradient of the weights at the points to `weight_gradient`, and puts the gradient of
    /// the input in the place of `x`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn backward<T: Real>(
        &self,
        set: InstructionSet,
        weights: &PackedWeights<T>,
        dz: &[T],
        x: &mut [T],
        weight_gradient: &mut [T],
        scratch: &mut [T],
    ) {
        assert!(x.len() >= self.input_rows() * self.lanes(), "input of a convolution");
        assert!(dz.len() >= self.gradient_rows() * self.out_lanes(), "gradient of a convolution's output");
        let (inputs, outputs) = self.split(scratch);
        self.to_points(set, x, inputs);
        match self.kind {
            Kind::FourOfFive => T::run(set, GradientToPoints::<T, FourOfFive>::new(self, dz, outputs)),
            Kind::ThreeOfThree => {
                T::run(set, GradientToPoints::<T, ThreeOfThree>::new(self, dz, outputs));
            }
        }
        let (lanes, out_lanes) = (self.lanes(), self.out_lanes());
        for point in 0..self.points() {
            let inputs = &mut inputs[point * self.in_stride()..][..self.in_stride()];
            let outputs = &outputs[point * self.out_stride()..][..self.out_stride()];
            product(
                set,
                Size { rows: self.depth, columns: out_lanes, depth: self.tiles },
                Left { elements: inputs, row_stride: 1, depth_stride: lanes },
                Right { elements: &outputs[self.margin() * out_lanes..], stride: out_lanes },
                (&mut weight_gradient[point * self.depth * out_lanes..], out_lanes),
                Target::Add,
            );
            product(
                set,
                Size { rows: self.in_tiles(), columns: lanes, depth: self.out_depth },
                Left { elements: outputs, row_stride: out_lanes, depth_stride: 1 },
                Right { elements: &weights.backward[point * self.out_depth * lanes..], stride: lanes },
                (inputs, lanes),
                Target::Replace,
            );
        }
        match self.kind {
            Kind::FourOfFive => T::run(set, GradientFromPoints::<T, FourOfFive>::new(self, inputs, x)),
            Kind::ThreeOfThree => {
                T::run(set, GradientFromPoints::<T, ThreeOfThree>::new(self, inputs, x));
            }
        }
        let first = self.sizes.padding * lanes;
        x[..first].fill(T::zero());
        x[first + self.sizes.time * lanes..].fill(T::zero());
    }
}

/// A g of all tiles, with rows of zeros around them.
struct GradientToPoints<'a, T, S> {
    layout: &'a Winograd,
    dz: &'a [T],
    tiles: &'a mut [T],
    scheme: std::marker::PhantomData<S>,
}

impl<'a, T, S> GradientToPoints<'a, T, S> {
    fn new(layout: &'a Winograd, dz: &'a [T], tiles: &'a mut [T]) -> Self {
        Self { layout, dz, tiles, scheme: std::marker::PhantomData }
    }
}

impl<T: Real, C: Scheme> Kernel<T> for GradientToPoints<'_, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let layout = self.layout;
        let (lanes, stride, margin) = (layout.out_lanes(), layout.out_stride(), layout.margin());
        let rows = layout.tiles;
        for point in 0..C::POINTS {
            let tiles = &mut self.tiles[point * stride..];
            tiles[..margin * lanes].fill(T::zero());
            tiles[(margin + rows) * lanes..(2 * margin + rows) * lanes].fill(T::zero());
        }
        let tiles = self.dz.chunks_exact(C::OUTPUTS * lanes).take(rows);
        for (row, dz) in (margin..).zip(tiles) {
            for column in (0..lanes).step_by(LANES) {
                let mut samples = [S::Vector::splat(T::zero()); MOST_POINTS];
                for (sample, vector) in samples[..C::OUTPUTS].iter_mut().enumerate() {
                    *vector = S::Vector::read(&dz[sample * lanes + column..]);
                }
                let points = C::output_adjoint::<T, S::Vector>(samples);
                for (point, vector) in points[..C::POINTS].iter().enumerate() {
                    vector.write(&mut self.tiles[point * stride + row * lanes + column..]);
                }
            }
        }
    }
}

/// B g of all tiles, added where they overlap.
struct GradientFromPoints<'a, T, S> {
    layout: &'a Winograd,
    tiles: &'a [T],
    dx: &'a mut [T],
    scheme: std::marker::PhantomData<S>,
}

impl<'a, T, S> GradientFromPoints<'a, T, S> {
    fn new(layout: &'a Winograd, tiles: &'a [T], dx: &'a mut [T]) -> Self {
        Self { layout, tiles, dx, scheme: std::marker::PhantomData }
    }
}

impl<T: Real, C: Scheme> Kernel<T> for GradientFromPoints<'_, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let (lanes, stride) = (self.layout.lanes(), self.layout.in_stride());
        for tile in 0..self.layout.in_tiles() {
            // Samples that the tile before has reached already.
            let shared = if tile == 0 { 0 } else { C::TAPS - 1 };
            let dx = &mut self.dx[tile * C::OUTPUTS * lanes..][..C::POINTS * lanes];
            for column in (0..lanes).step_by(LANES) {
                let mut points = [S::Vector::splat(T::zero()); MOST_POINTS];
                for (point, vector) in points[..C::POINTS].iter_mut().enumerate() {
                    *vector = S::Vector::read(&self.tiles[point * stride + tile * lanes + column..]);
                }
                let samples = C::input_adjoint::<T, S::Vector>(points);
                for (sample, vector) in samples[..C::POINTS].iter().enumerate() {
                    let dx = &mut dx[sample * lanes + column..];
                    let sum = if sample < shared { S::Vector::read(dx).add(*vector) } else { *vector };
                    sum.write(dx);
                }
            }
        }
    }
}

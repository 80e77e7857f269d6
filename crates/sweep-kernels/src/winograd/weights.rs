//! Weights from PyTorch's order to the points, and their gradients back: row by row of one tap each, in vectors.

use std::marker::PhantomData;

use super::{
    PackedWeights, Winograd, for_scheme,
    scheme::{MOST_POINTS, Scheme},
};
use crate::{
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

/// Taps of the longest filter of a scheme.
pub(super) const MOST_TAPS: usize = 5;

impl Winograd {
    /// Takes `weight` `[output, input, 1, tap]` to the points.
    pub fn pack<T: Real>(&self, set: InstructionSet, weight: &[T], packed: &mut PackedWeights<T>) {
        packed.forward.resize(self.points() * self.depth * self.out_lanes(), T::zero());
        packed.backward.resize(self.points() * self.out_depth * self.lanes(), T::zero());
        for_scheme!(self.kind, C => self.pack_with::<T, C>(set, weight, packed));
    }

    fn pack_with<T: Real, S: Scheme>(
        &self,
        set: InstructionSet,
        weight: &[T],
        packed: &mut PackedWeights<T>,
    ) {
        let (lanes, out_lanes) = (self.lanes(), self.out_lanes());
        let out_rows = self.out_depth / self.segments;
        let mut taps = std::mem::take(&mut packed.taps);
        for segment in 0..self.segments {
            taps.clear();
            taps.resize(MOST_TAPS * lanes, T::zero());
            for output in 0..self.sizes.outputs {
                for (lane, plane) in self.used_lanes() {
                    for (tap, at) in self.taps::<S>(segment, output, plane).enumerate() {
                        taps[tap * lanes + lane] = weight[at];
                    }
                }
                let row = (self.segments - 1 - segment) * out_rows + output;
                let stride = self.out_depth * lanes;
                filters_to_points::<T, S>(set, lanes, &taps, (&mut packed.backward[row * lanes..], stride));
            }
            taps.clear();
            taps.resize(MOST_TAPS * out_lanes, T::zero());
            for (lane, plane) in self.used_lanes() {
                for output in 0..self.sizes.outputs {
                    for (tap, at) in self.taps::<S>(segment, output, plane).enumerate() {
                        taps[tap * out_lanes + output] = weight[at];
                    }
                }
                let row = segment * lanes + lane;
                let stride = self.depth * out_lanes;
                let points = &mut packed.forward[row * out_lanes..];
                filters_to_points::<T, S>(set, out_lanes, &taps, (points, stride));
            }
        }
        packed.taps = taps;
    }

    /// The gradient `[output, input, 1, tap]` of the weights from that at the points, `[point, segment * lane, out lane]`.
    pub fn weight_gradient<T: Real>(&self, set: InstructionSet, at_points: &[T], gradient: &mut [T]) {
        for_scheme!(self.kind, C => self.weight_gradient_with::<T, C>(set, at_points, gradient));
    }

    fn weight_gradient_with<T: Real, S: Scheme>(
        &self,
        set: InstructionSet,
        at_points: &[T],
        gradient: &mut [T],
    ) {
        let (lanes, out_lanes) = (self.lanes(), self.out_lanes());
        T::with_scratch(MOST_TAPS * out_lanes, |taps| {
            for segment in 0..self.segments {
                for (lane, plane) in self.used_lanes() {
                    let points = &at_points[(segment * lanes + lane) * out_lanes..];
                    let stride = self.depth * out_lanes;
                    filters_from_points::<T, S>(set, out_lanes, (points, stride), taps);
                    for output in 0..self.sizes.outputs {
                        for (tap, at) in self.taps::<S>(segment, output, plane).enumerate() {
                            gradient[at] = taps[tap * out_lanes + output];
                        }
                    }
                }
            }
        });
    }

    /// The lanes that hold a plane.
    fn used_lanes(&self) -> impl Iterator<Item = (usize, usize)> {
        self.planes.iter().enumerate().filter_map(|(lane, plane)| plane.map(|plane| (lane, plane)))
    }

    /// Where a segment's taps of a filter stand.
    fn taps<S: Scheme>(&self, segment: usize, output: usize, plane: usize) -> std::ops::Range<usize> {
        let first = (output * self.sizes.inputs + plane) * self.sizes.taps;
        let begin = segment * S::TAPS;
        first + begin..first + self.sizes.taps.min(begin + S::TAPS)
    }
}

/// G w: filters `[tap, lane]` at the points, whose rows are as far apart as `points` says.
pub(crate) fn filters_to_points<T: Real, C: Scheme>(
    set: InstructionSet,
    lanes: usize,
    taps: &[T],
    points: (&mut [T], usize),
) {
    let (points, stride) = points;
    T::run(set, AtPoints { taps, points, stride, lanes, scheme: PhantomData::<C> });
}

/// The adjoint: gradients of filters `[tap, lane]` from those at the points.
pub(crate) fn filters_from_points<T: Real, C: Scheme>(
    set: InstructionSet,
    lanes: usize,
    points: (&[T], usize),
    taps: &mut [T],
) {
    let (points, stride) = points;
    T::run(set, OfTaps { points, stride, lanes, taps, scheme: PhantomData::<C> });
}

struct AtPoints<'a, T, C> {
    taps: &'a [T],
    points: &'a mut [T],
    stride: usize,
    lanes: usize,
    scheme: PhantomData<C>,
}

impl<T: Real, C: Scheme> Kernel<T> for AtPoints<'_, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        for lane in (0..self.lanes).step_by(LANES) {
            let mut taps = [S::Vector::splat(T::zero()); MOST_TAPS];
            for (tap, vector) in taps[..C::TAPS].iter_mut().enumerate() {
                *vector = S::Vector::read(&self.taps[tap * self.lanes + lane..]);
            }
            for point in 0..C::POINTS {
                let mut sum = S::Vector::splat(T::zero());
                for (tap, factor) in taps.iter().zip(C::FILTER[point]).take(C::TAPS) {
                    sum = tap.mul_add(S::Vector::splat(T::from_f64(factor)), sum);
                }
                sum.write(&mut self.points[point * self.stride + lane..]);
            }
        }
    }
}

struct OfTaps<'a, T, C> {
    points: &'a [T],
    stride: usize,
    lanes: usize,
    taps: &'a mut [T],
    scheme: PhantomData<C>,
}

impl<T: Real, C: Scheme> Kernel<T> for OfTaps<'_, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        for lane in (0..self.lanes).step_by(LANES) {
            let mut points = [S::Vector::splat(T::zero()); MOST_POINTS];
            for (point, vector) in points[..C::POINTS].iter_mut().enumerate() {
                *vector = S::Vector::read(&self.points[point * self.stride + lane..]);
            }
            for tap in 0..C::TAPS {
                let mut sum = S::Vector::splat(T::zero());
                for (point, row) in points.iter().zip(C::FILTER).take(C::POINTS) {
                    sum = point.mul_add(S::Vector::splat(T::from_f64(row[tap])), sum);
                }
                sum.write(&mut self.taps[tap * self.lanes + lane..]);
            }
        }
    }
}

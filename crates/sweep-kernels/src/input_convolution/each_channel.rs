//! The same filters of many taps on each channel, by minimal filtering: F(4, 4), a filter cut into segments of four taps.
//!
//! A channel's tiles at a point are a row of numbers, and the tile of the next segment is the next number: so the samples under the
//! segments of a filter follow one another, and a point is one product of overlapping rows with the weights. Tiles are worked on a
//! block at a time, whose results stay in the nearest cache.

use super::InputConvolution;
use crate::{
    product::{Left, Right, Size, Target, product},
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector, in_lanes},
    winograd::{
        scheme::{FourOfFour, MOST_POINTS, Scheme},
        tiles::{Output, OutputAdjoint, Strides, map_tiles},
        weights::{filters_from_points, filters_to_points},
    },
};

const STEP: usize = FourOfFour::OUTPUTS;
const TAPS: usize = FourOfFour::TAPS;
const POINTS: usize = FourOfFour::POINTS;

/// Tiles of a block: four times the rows that a product keeps in registers.
const BLOCK: usize = 48;

/// A trial laid out.
struct Laid<'a, T> {
    /// `[channel, point, tile]`.
    points: &'a mut [T],
    /// A channel's samples, every fourth one in a row: `[phase, tile]`.
    phases: &'a mut [T],
    /// Room for a block of output tiles at the points, `[point, tile, lane]`.
    block: &'a mut [T],
}

impl InputConvolution {
    fn segments(&self) -> usize {
        self.taps.div_ceil(TAPS)
    }

    fn tiles(&self) -> usize {
        self.out_time().div_ceil(STEP)
    }

    /// Elements of a row of input tiles, with room for whole vectors and the samples of one tile more.
    fn tile_row(&self) -> usize {
        in_lanes(self.tiles() + self.segments() - 1) + LANES
    }

    pub(super) fn laid_at_points(&self) -> usize {
        (self.channels * POINTS + STEP) * self.tile_row() + POINTS * BLOCK * self.lanes
    }

    fn split<'a, T: Real>(&self, laid: &'a mut [T]) -> Laid<'a, T> {
        let (points, rest) = laid.split_at_mut(self.channels * POINTS * self.tile_row());
        let (phases, block) = rest.split_at_mut(STEP * self.tile_row());
        Laid { points, phases, block }
    }

    /// `[point, segment, lane]`.
    pub(super) fn packed_at_points(&self) -> usize {
        POINTS * self.segments() * self.lanes
    }

    pub(super) fn pack_at_points<T: Real>(&self, set: InstructionSet, weights: &[T], packed: &mut [T]) {
        let (lanes, stride) = (self.lanes, self.segments() * self.lanes);
        let (weights, packed) = (&weights[..self.weights()], &mut packed[..self.packed_at_points()]);
        T::with_scratch(TAPS * lanes, |taps| {
            for (segment, weights) in weights.chunks(TAPS * lanes).enumerate() {
                taps.fill(T::zero());
                taps[..weights.len()].copy_from_slice(weights);
                filters_to_points::<T, FourOfFour>(
                    set,
                    lanes,
                    taps,
                    (&mut packed[segment * lanes..], stride),
                );
            }
        });
    }

    pub(super) fn gradient_from_points<T: Real>(
        &self,
        set: InstructionSet,
        packed: &[T],
        gradient: &mut [T],
    ) {
        let (lanes, stride) = (self.lanes, self.segments() * self.lanes);
        let (packed, gradient) = (&packed[..self.packed_at_points()], &mut gradient[..self.weights()]);
        T::with_scratch(TAPS * lanes, |taps| {
            for (segment, gradient) in gradient.chunks_mut(TAPS * lanes).enumerate() {
                filters_from_points::<T, FourOfFour>(set, lanes, (&packed[segment * lanes..], stride), taps);
                gradient.copy_from_slice(&taps[..gradient.len()]);
            }
        });
    }

    pub(super) fn lay_at_points<T: Real>(&self, set: InstructionSet, trial: &[f32], laid: &mut [T]) {
        let row = self.tile_row();
        let Laid { points, phases, .. } = self.split(laid);
        for (samples, points) in trial.chunks_exact(self.time).zip(points.chunks_exact_mut(POINTS * row)) {
            phases.fill(T::zero());
            for first in 0..STEP.min(samples.len()) {
                let at = self.padding + first;
                let phase = &mut phases[at % STEP * row + at / STEP..];
                for (to, sample) in phase.iter_mut().zip(samples[first..].iter().step_by(STEP)) {
                    *to = T::from_f64(f64::from(*sample));
                }
            }
            T::run(set, ToPoints { phases, points, row });
        }
    }

    pub(super) fn forward_each<T: Real>(
        &self,
        set: InstructionSet,
        laid: &mut [T],
        packed: &[T],
        out: &mut [T],
    ) {
        let (lanes, depth) = (self.lanes, self.segments());
        let Laid { points, block, .. } = self.split(laid);
        for (channel, tiles) in self.blocks() {
            let size = Size { rows: tiles.len(), columns: lanes, depth };
            for point in 0..POINTS {
                let left = self.input_tiles(points, channel, point, tiles.start);
                let right = Right { elements: &packed[point * depth * lanes..], stride: lanes };
                product(
                    set,
                    size,
                    left,
                    right,
                    (&mut block[point * BLOCK * lanes..], lanes),
                    Target::Replace,
                );
            }
            let out = (&mut out[self.place(channel, tiles.start)..], self.samples());
            map_tiles::<T, Output<FourOfFour>>(set, tiles.len(), lanes, (block, self.in_block()), out);
        }
    }

    pub(super) fn add_gradient_each<T: Real>(
        &self,
        set: InstructionSet,
        laid: &mut [T],
        out: &[T],
        gradient: &mut [T],
    ) {
        let (lanes, rows) = (self.lanes, self.segments());
        let Laid { points, block, .. } = self.split(laid);
        for (channel, tiles) in self.blocks() {
            let out = (&out[self.place(channel, tiles.start)..], self.samples());
            map_tiles::<T, OutputAdjoint<FourOfFour>>(set, tiles.len(), lanes, out, (block, self.in_block()));
            let size = Size { rows, columns: lanes, depth: tiles.len() };
            for point in 0..POINTS {
                let left = self.input_tiles(points, channel, point, tiles.start);
                let right = Right { elements: &block[point * BLOCK * lanes..], stride: lanes };
                let gradient = &mut gradient[point * rows * lanes..];
                product(set, size, left, right, (gradient, lanes), Target::Add);
            }
        }
    }

    /// Channel and tiles of all blocks.
    fn blocks(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
        let tiles = self.tiles();
        (0..self.channels).flat_map(move |channel| {
            (0..tiles).step_by(BLOCK).map(move |first| (channel, first..tiles.min(first + BLOCK)))
        })
    }

    /// The tiles of a channel at a point from `first` on, as a Toeplitz matrix.
    fn input_tiles<'a, T>(&self, points: &'a [T], channel: usize, point: usize, first: usize) -> Left<'a, T> {
        let row = &points[(channel * POINTS + point) * self.tile_row()..][..self.tile_row()];
        Left { elements: &row[first..], row_stride: 1, depth_stride: 1 }
    }

    /// Where a channel's first output of a tile stands.
    fn place(&self, channel: usize, tile: usize) -> usize {
        tile * STEP * self.out_row() + channel * self.lanes
    }

    fn samples(&self) -> Strides {
        Strides { tile: STEP * self.out_row(), item: self.out_row() }
    }

    fn in_block(&self) -> Strides {
        Strides { tile: self.lanes, item: BLOCK * self.lanes }
    }
}

/// B^T d of all tiles of a channel, a vector of tiles at a time.
struct ToPoints<'a, T> {
    phases: &'a [T],
    points: &'a mut [T],
    row: usize,
}

impl<T: Real> Kernel<T> for ToPoints<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        for tile in (0..self.row - LANES).step_by(LANES) {
            let mut samples = [S::Vector::splat(T::zero()); MOST_POINTS];
            for (sample, vector) in samples[..POINTS].iter_mut().enumerate() {
                *vector = S::Vector::read(&self.phases[sample % STEP * self.row + sample / STEP + tile..]);
            }
            let points = FourOfFour::input::<T, S::Vector>(samples);
            for (point, vector) in points[..POINTS].iter().enumerate() {
                vector.write(&mut self.points[point * self.row + tile..]);
            }
        }
    }
}

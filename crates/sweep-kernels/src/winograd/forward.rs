//! The convolution itself.

use super::{
    PackedWeights, Winograd, for_scheme,
    tiles::{Input, Output, map_tiles},
};
use crate::{
    product::{Left, Right, Size, Target, product},
    real::Real,
    vector::InstructionSet,
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
        let z = &mut z[..self.sizes.out_time() * self.out_lanes()];
        for_scheme!(self.kind, C => {
            map_tiles::<T, Output<C>>(set, self.tiles, self.out_lanes(), (outputs, self.output_points()), (z, self.samples(self.out_lanes())));
        });
    }

    /// The input's tiles at the points.
    pub(super) fn to_points<T: Real>(&self, set: InstructionSet, x: &[T], tiles: &mut [T]) {
        let x = &x[..self.input_rows() * self.lanes()];
        for_scheme!(self.kind, C => {
            map_tiles::<T, Input<C>>(set, self.in_tiles(), self.lanes(), (x, self.samples(self.lanes())), (tiles, self.input_points()));
        });
    }
}

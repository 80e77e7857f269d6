//! The gradients of input and weights.

use super::{
    PackedWeights, Winograd, for_scheme,
    tiles::{InputAdjoint, OutputAdjoint, map_tiles},
};
use crate::{
    product::{Left, Right, Size, Target, product},
    real::Real,
    vector::InstructionSet,
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
        self.gradient_to_points(set, dz, outputs);
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
        for_scheme!(self.kind, C => {
            map_tiles::<T, InputAdjoint<C>>(set, self.in_tiles(), lanes, (inputs, self.input_points()), (x, self.samples(lanes)));
        });
        let first = self.sizes.padding * lanes;
        x[..first].fill(T::zero());
        x[first + self.sizes.time * lanes..].fill(T::zero());
    }
    /// The output gradient's tiles at the points, with rows of zeros around them.
    fn gradient_to_points<T: Real>(&self, set: InstructionSet, dz: &[T], tiles: &mut [T]) {
        let (lanes, margin) = (self.out_lanes(), self.margin());
        for tiles in tiles.chunks_exact_mut(self.out_stride()) {
            tiles[..margin * lanes].fill(T::zero());
            tiles[(margin + self.tiles) * lanes..(2 * margin + self.tiles) * lanes].fill(T::zero());
        }
        let (dz, tiles) = (&dz[..self.gradient_rows() * lanes], &mut tiles[margin * lanes..]);
        for_scheme!(self.kind, C => {
            map_tiles::<T, OutputAdjoint<C>>(set, self.tiles, lanes, (dz, self.samples(lanes)), (tiles, self.output_points()));
        });
    }
}

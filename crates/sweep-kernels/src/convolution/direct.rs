//! Convolution tap by tap, for groups with so few weights that a matrix product would cost more to prepare than to compute.

use super::Geometry;
use crate::{real::Real, sums::sum_of_pairs};

/// Weights an output plane up to which this way is the faster one: EEGNet's depthwise convolution has one weight an EEG channel.
const LARGEST_DEPTH: usize = 8;

/// Whether this way is taken.
pub(crate) fn suits(g: &Geometry) -> bool {
    g.groups > 1 && g.depth() <= LARGEST_DEPTH
}

/// Calls `visit` for every tap: the index of its weight, and for every output row the range of the input row and that of the
/// output row that meet.
fn for_each_tap(g: &Geometry, mut visit: impl FnMut(usize, usize, usize, usize)) {
    for plane in 0..g.inputs {
        for dy in 0..g.kernel_height {
            for k in 0..g.kernel_time {
                let weight = (plane * g.kernel_height + dy) * g.kernel_time + k;
                let (out_first, in_first, count) = g.overlap(k);
                for y in 0..g.out_height() {
                    let from = (plane * g.height + y + dy) * g.time + in_first;
                    visit(weight, from, y * g.out_time() + out_first, count);
                }
            }
        }
    }
}

/// Adds the output of one group of one trial to `out`.
pub(crate) fn forward<T: Real>(g: &Geometry, x: &[T], weight: &[T], out: &mut [T]) {
    let planes = out.chunks_exact_mut(g.positions()).zip(weight.chunks_exact(g.depth()));
    for (out, weight) in planes {
        for_each_tap(g, |tap, from, to, count| {
            add_scaled(weight[tap], &x[from..from + count], &mut out[to..to + count]);
        });
    }
}

/// Adds the gradient of the weights from one group of one trial.
pub(crate) fn add_weight_gradient<T: Real>(g: &Geometry, x: &[T], out_gradient: &[T], gradient: &mut [T]) {
    let planes = out_gradient.chunks_exact(g.positions()).zip(gradient.chunks_exact_mut(g.depth()));
    for (out, gradient) in planes {
        for_each_tap(g, |tap, from, to, count| {
            let sum = sum_of_pairs(&x[from..from + count], &out[to..to + count], |x, out| x * out);
            gradient[tap] += T::from_f64(sum);
        });
    }
}

/// Adds the gradient of one group of one trial of the input.
pub(crate) fn input_gradient<T: Real>(g: &Geometry, weight: &[T], out_gradient: &[T], gradient: &mut [T]) {
    let planes = out_gradient.chunks_exact(g.positions()).zip(weight.chunks_exact(g.depth()));
    for (out, weight) in planes {
        for_each_tap(g, |tap, from, to, count| {
            add_scaled(weight[tap], &out[to..to + count], &mut gradient[from..from + count]);
        });
    }
}

fn add_scaled<T: Real>(factor: T, from: &[T], to: &mut [T]) {
    for (sum, term) in to.iter_mut().zip(from) {
        *sum += factor * *term;
    }
}

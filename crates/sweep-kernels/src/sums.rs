//! Sums over long rows that stay accurate in float32: sixteen running sums a row, then float64.

use crate::real::Real;

const LANES: usize = 16;

/// The sum of `term(x)` over the row.
#[inline(always)]
pub(crate) fn sum<T: Real>(row: &[T], term: impl Fn(T) -> T) -> f64 {
    let mut lanes = [T::zero(); LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += term(*x);
        }
    }
    for (lane, x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += term(*x);
    }
    lanes.iter().map(|lane| lane.to_f64()).sum()
}

/// The sum of `term(x, y)` over two rows of one length.
#[inline(always)]
pub(crate) fn sum_of_pairs<T: Real>(first: &[T], second: &[T], term: impl Fn(T, T) -> T) -> f64 {
    let mut lanes = [T::zero(); LANES];
    let (mut xs, mut ys) = (first.chunks_exact(LANES), second.chunks_exact(LANES));
    for (x, y) in (&mut xs).zip(&mut ys) {
        for lane in 0..LANES {
            lanes[lane] += term(x[lane], y[lane]);
        }
    }
    for (lane, (x, y)) in lanes.iter_mut().zip(xs.remainder().iter().zip(ys.remainder())) {
        *lane += term(*x, *y);
    }
    lanes.iter().map(|lane| lane.to_f64()).sum()
}

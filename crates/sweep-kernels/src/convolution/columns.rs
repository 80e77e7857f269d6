//! Convolution by matrix product: the input of one trial and group is laid out so that every output position is a column.

use super::Geometry;
use crate::{
    matrix::{Matrix, Target, multiply},
    real::Real,
};

/// How the columns come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The input is the matrix already: the kernel covers the height and one sample.
    AsIs,
    /// One input plane and a kernel along time: each padded row read at shifted places is a Toeplitz matrix.
    Toeplitz,
    /// The columns are copied together (im2col).
    Copied,
}

impl Layout {
    pub(crate) fn of(geometry: &Geometry) -> Self {
        let g = geometry;
        if g.kernel_time == 1 && g.padding == 0 && g.kernel_height == g.height {
            Self::AsIs
        } else if g.inputs == 1 && g.kernel_height == 1 {
            Self::Toeplitz
        } else {
            Self::Copied
        }
    }

    /// Scratch elements that [`with_columns`] needs.
    pub(crate) fn scratch(self, geometry: &Geometry) -> usize {
        match self {
            Self::AsIs => 0,
            Self::Toeplitz => geometry.height * (geometry.time + 2 * geometry.padding),
            Self::Copied => geometry.depth() * geometry.positions(),
        }
    }
}

/// Calls `visit` with parts of the columns matrix (depth rows) of one group of one trial `x`, and the output position at which
/// each part begins.
fn with_columns<T: Real>(
    g: &Geometry,
    layout: Layout,
    x: &[T],
    scratch: &mut [T],
    mut visit: impl FnMut(Matrix<'_, T>, usize),
) {
    match layout {
        Layout::AsIs => visit(Matrix::new(x, g.depth(), g.positions()), 0),
        Layout::Toeplitz => {
            let padded = g.time + 2 * g.padding;
            scratch.fill(T::zero());
            for (from, to) in x.chunks_exact(g.time).zip(scratch.chunks_exact_mut(padded)) {
                to[g.padding..g.padding + g.time].copy_from_slice(from);
            }
            for (y, elements) in scratch.chunks_exact(padded).enumerate() {
                let (rows, columns) = (g.depth(), g.out_time());
                visit(Matrix { elements, rows, columns, row_stride: 1, column_stride: 1 }, y * g.out_time());
            }
        }
        Layout::Copied => {
            copy_columns(g, x, scratch);
            visit(Matrix::new(scratch, g.depth(), g.positions()), 0);
        }
    }
}

/// im2col: row (input plane, kernel row, kernel position) of `columns` holds the input sample that this weight meets at every
/// output position.
fn copy_columns<T: Real>(g: &Geometry, x: &[T], columns: &mut [T]) {
    let mut rows = columns.chunks_exact_mut(g.positions());
    for plane in x.chunks_exact(g.height * g.time) {
        for dy in 0..g.kernel_height {
            for (k, row) in (0..g.kernel_time).zip(&mut rows) {
                let (out_first, in_first, count) = g.overlap(k);
                for (y, out) in row.chunks_exact_mut(g.out_time()).enumerate() {
                    let from = (y + dy) * g.time + in_first;
                    out[..out_first].fill(T::zero());
                    out[out_first..out_first + count].copy_from_slice(&plane[from..from + count]);
                    out[out_first + count..].fill(T::zero());
                }
            }
        }
    }
}

/// col2im: adds every element of `columns` to the input sample that it stands for.
fn add_columns<T: Real>(g: &Geometry, columns: &[T], x: &mut [T]) {
    let mut rows = columns.chunks_exact(g.positions());
    for plane in x.chunks_exact_mut(g.height * g.time) {
        for dy in 0..g.kernel_height {
            for (k, row) in (0..g.kernel_time).zip(&mut rows) {
                let (out_first, in_first, count) = g.overlap(k);
                for (y, out) in row.chunks_exact(g.out_time()).enumerate() {
                    let to = (y + dy) * g.time + in_first;
                    for (sum, term) in
                        plane[to..to + count].iter_mut().zip(&out[out_first..out_first + count])
                    {
                        *sum += *term;
                    }
                }
            }
        }
    }
}

/// The output of one group of one trial: `weight` times the columns. `out` holds the bias already, or is replaced.
pub(crate) fn forward<T: Real>(
    g: &Geometry,
    layout: Layout,
    x: &[T],
    weight: &[T],
    out: &mut [T],
    mode: Target,
) {
    T::with_scratch(layout.scratch(g), |scratch| {
        with_columns(g, layout, x, scratch, |columns, first| {
            multiply(
                Matrix::new(weight, g.outputs, g.depth()),
                columns,
                &mut out[first..],
                g.positions(),
                mode,
            );
        });
    });
}

/// Adds the gradient of the weights from one group of one trial: the gradient of the output times the transposed columns.
pub(crate) fn add_weight_gradient<T: Real>(
    g: &Geometry,
    layout: Layout,
    x: &[T],
    out_gradient: &[T],
    gradient: &mut [T],
) {
    T::with_scratch(layout.scratch(g), |scratch| {
        with_columns(g, layout, x, scratch, |columns, first| {
            let left = Matrix {
                elements: &out_gradient[first..],
                rows: g.outputs,
                columns: columns.columns,
                row_stride: g.positions(),
                column_stride: 1,
            };
            multiply(left, columns.transposed(), gradient, g.depth(), Target::Add);
        });
    });
}

/// The gradient of one group of one trial of the input, into `gradient` (zeros): the transposed weights times the
/// gradient of the output, each element added to its sample.
pub(crate) fn input_gradient<T: Real>(
    g: &Geometry,
    layout: Layout,
    weight: &[T],
    out_gradient: &[T],
    gradient: &mut [T],
) {
    let weight = Matrix::new(weight, g.outputs, g.depth()).transposed();
    let out_gradient = Matrix::new(out_gradient, g.outputs, g.positions());
    match layout {
        Layout::AsIs => multiply(weight, out_gradient, gradient, g.positions(), Target::Replace),
        Layout::Toeplitz | Layout::Copied => T::with_scratch(g.depth() * g.positions(), |columns| {
            multiply(weight, out_gradient, columns, g.positions(), Target::Replace);
            add_columns(g, columns, gradient);
        }),
    }
}

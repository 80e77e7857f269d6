//! Matrix products on slices, through the `gemm` crate, on the calling thread.

#![allow(unsafe_code)]

use gemm::Parallelism;

use crate::real::Real;

/// A matrix in a slice: element (row, column) stands at `row * row_stride + column * column_stride`. Elements may overlap,
/// as those of a Toeplitz matrix do, whose strides are both 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) elements: &'a [T],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

impl<'a, T: Real> Matrix<'a, T> {
    /// A row-major matrix.
    pub(crate) fn new(elements: &'a [T], rows: usize, columns: usize) -> Self {
        Self { elements, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same elements with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// What a product does to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// It replaces it.
    Replace,
    /// It is added to it.
    Add,
}

/// `target (+)= left * right`; rows of `target` are `row_stride` elements apart, each contiguous.
///
/// # Panics
/// If the sizes do not fit each other or a slice is too short.
pub(crate) fn multiply<T: Real>(
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
    target: &mut [T],
    row_stride: usize,
    mode: Target,
) {
    let (rows, columns, depth) = (left.rows, right.columns, left.columns);
    assert_eq!(depth, right.rows, "inner sizes of a product");
    assert!(columns <= row_stride || rows <= 1, "rows of a product's target overlap");
    if rows == 0 || columns == 0 {
        return;
    }
    let last =
        |rows, columns, row_stride, column_stride| (rows - 1) * row_stride + (columns - 1) * column_stride;
    assert!(last(rows, columns, row_stride, 1) < target.len(), "target of a product");
    if depth > 0 {
        assert!(last(rows, depth, left.row_stride, left.column_stride) < left.elements.len(), "left factor");
        assert!(
            last(depth, columns, right.row_stride, right.column_stride) < right.elements.len(),
            "right factor"
        );
    }
    // SAFETY: the assertions above keep every element that is read or written within its slice (strides are not negative,
    // so the last element is the farthest); the target is borrowed exclusively and its rows do not overlap; T is f32 or f64,
    // types that `gemm` knows. Strides and sizes are those of slices, so they fit isize.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            target.as_mut_ptr(),
            1,
            row_stride as isize,
            mode == Target::Add,
            left.elements.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.elements.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            T::one(),
            T::one(),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_every_layout_are_those_of_the_definition() {
        for (rows, depth, columns) in [(1, 1, 1), (3, 2, 5), (16, 51, 33), (7, 0, 4), (2, 3, 1)] {
            let a: Vec<f64> = (0..rows * depth).map(|i| (i as f64 * 0.37).sin()).collect();
            let b: Vec<f64> = (0..depth + columns).map(|i| (i as f64 * 0.71).cos()).collect();
            let toeplitz = Matrix { elements: &b, rows: depth, columns, row_stride: 1, column_stride: 1 };
            for mode in [Target::Replace, Target::Add] {
                let mut target = vec![0.5; rows * (columns + 2)];
                multiply(Matrix::new(&a, rows, depth), toeplitz, &mut target, columns + 2, mode);
                for row in 0..rows {
                    for column in 0..columns + 2 {
                        let found = target[row * (columns + 2) + column];
                        if column >= columns {
                            assert_eq!(found, 0.5);
                            continue;
                        }
                        let sum: f64 = (0..depth).map(|k| a[row * depth + k] * b[k + column]).sum();
                        let expected = if mode == Target::Add { sum + 0.5 } else { sum };
                        assert!(
                            (found - expected).abs() < 1e-12,
                            "{rows} {depth} {columns}: {found} {expected}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "left factor")]
    fn a_short_slice_is_refused() {
        let a = [1.0f32; 5];
        multiply(Matrix::new(&a, 2, 3), Matrix::new(&[1.0; 6], 3, 2), &mut [0.0; 4], 2, Target::Replace);
    }
}

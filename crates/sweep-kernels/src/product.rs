//! The matrix product that all convolutions are made of.
//!
//! The right factor's rows are read as vectors, and the left factor's elements one at a time into all lanes, so neither is copied
//! into another order first: the caller lays out both as they are needed. A block of the target stays in registers while the whole
//! inner dimension passes by, so every element is one sum in the order of the inner dimension, however the target is cut into blocks.

#![allow(unsafe_code)]

use crate::{
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

/// A left factor in a slice: element (row, depth) stands at `row * row_stride + depth * depth_stride`, and one of the two strides
/// is 1. Elements may overlap, as those of a Toeplitz matrix do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a, T> {
    pub(crate) elements: &'a [T],
    pub(crate) row_stride: usize,
    pub(crate) depth_stride: usize,
}

/// A right factor in a slice, row-major; its rows are `stride` elements apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right<'a, T> {
    pub(crate) elements: &'a [T],
    pub(crate) stride: usize,
}

/// Rows, columns and inner dimension of a product; `columns` is a multiple of [`LANES`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) depth: usize,
}

/// What a product does to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// It replaces it.
    Replace,
    /// It is added to it.
    Add,
}

/// `target (+)= left * right`; rows of `target` are `stride` elements apart.
///
/// # Panics
/// If the sizes do not fit each other or a slice is too short.
pub(crate) fn product<T: Real>(
    set: InstructionSet,
    size: Size,
    left: Left<'_, T>,
    right: Right<'_, T>,
    target: (&mut [T], usize),
    mode: Target,
) {
    let (target, stride) = target;
    let Size { rows, columns, depth } = size;
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(columns.is_multiple_of(LANES), "columns of a product");
    assert!(columns <= stride || rows == 1, "rows of a product's target overlap");
    assert!((rows - 1) * stride + columns <= target.len(), "target of a product");
    assert!(left.row_stride == 1 || left.depth_stride == 1, "strides of a product's left factor");
    if depth > 0 {
        let last = (rows - 1) * left.row_stride + (depth - 1) * left.depth_stride;
        assert!(last < left.elements.len(), "left factor of a product");
        assert!((depth - 1) * right.stride + columns <= right.elements.len(), "right factor of a product");
    }
    T::run(set, Blocks { size, left, right, target, stride, mode });
}

struct Blocks<'a, T> {
    size: Size,
    left: Left<'a, T>,
    right: Right<'a, T>,
    target: &'a mut [T],
    stride: usize,
    mode: Target,
}

impl<T: Real> Kernel<T> for Blocks<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let columns = self.size.columns;
        let wide = S::Wide::WIDTH;
        let mut column = 0;
        while column < columns {
            let Blocks { size, left, right, stride, mode, .. } = self;
            let block = Column {
                size,
                left,
                right: right.elements.as_ptr().wrapping_add(column),
                right_stride: right.stride,
                target: self.target[column..].as_mut_ptr(),
                stride,
                mode,
            };
            // SAFETY: `product` has checked that all rows and `columns` columns lie within the slices, and each arm takes no more columns
            // than are left.
            unsafe {
                column += if columns - column >= 2 * wide {
                    block.rows::<S, S::Wide, 2>();
                    2 * wide
                } else if columns - column >= wide {
                    block.rows::<S, S::Wide, 1>();
                    wide
                } else {
                    block.rows::<S, S::Vector, 1>();
                    LANES
                };
            }
        }
    }
}

/// Some columns of the product, from the first of each pointer on.
struct Column<'a, T> {
    size: Size,
    left: Left<'a, T>,
    right: *const T,
    right_stride: usize,
    target: *mut T,
    stride: usize,
    mode: Target,
}

impl<T: Real> Column<'_, T> {
    /// All rows, in blocks of about the same size.
    ///
    /// # Safety
    /// `N` vectors `V` can be read from every row of the right factor and written to every row of the target.
    #[inline(always)]
    unsafe fn rows<S: Simd<T>, V: Vector<T>, const N: usize>(&self) {
        let count = self.size.rows.div_ceil(S::ROWS);
        let mut first = 0;
        for block in 0..count {
            let rows = (self.size.rows - first).div_ceil(count - block);
            macro_rules! of_size {
                ($($rows:literal)*) => {
                    match rows {
                        // SAFETY: the caller vouches for the columns, and the rows are within the product.
                        $($rows if $rows <= S::ROWS => unsafe { self.strided::<V, $rows, N>(first) },)*
                        _ => unreachable!("a block of more rows than the registers hold"),
                    }
                };
            }
            of_size!(1 2 3 4 5 6 7 8 9 10 11 12);
            first += rows;
        }
    }

    /// A block of `R` rows from `first` on.
    ///
    /// # Safety
    /// As for [`rows`](Self::rows), and the rows are within the product.
    #[inline(always)]
    unsafe fn strided<V: Vector<T>, const R: usize, const N: usize>(&self, first: usize) {
        let Left { elements, row_stride, depth_stride } = self.left;
        let left = elements[first * row_stride..].as_ptr();
        // A stride that is known to be 1 becomes part of the instructions.
        // SAFETY: as the caller vouches.
        unsafe {
            if row_stride == 1 {
                self.block::<V, R, N>(first, left, 1, depth_stride);
            } else {
                self.block::<V, R, N>(first, left, row_stride, 1);
            }
        }
    }

    /// # Safety
    /// As for [`strided`](Self::strided).
    #[inline(always)]
    unsafe fn block<V: Vector<T>, const R: usize, const N: usize>(
        &self,
        first: usize,
        left: *const T,
        row_stride: usize,
        depth_stride: usize,
    ) {
        // SAFETY: all offsets are those of elements within the product, which `product` has checked.
        unsafe {
            let mut sums = [[V::splat(T::zero()); N]; R];
            let (mut left, mut right) = (left, self.right);
            for _ in 0..self.size.depth {
                let mut row = [V::splat(T::zero()); N];
                for (n, vector) in row.iter_mut().enumerate() {
                    *vector = V::load(right.add(n * V::WIDTH));
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let factor = V::splat(*left.add(r * row_stride));
                    for (sum, vector) in sums.iter_mut().zip(row) {
                        *sum = factor.mul_add(vector, *sum);
                    }
                }
                left = left.wrapping_add(depth_stride);
                right = right.wrapping_add(self.right_stride);
            }
            for (r, sums) in sums.iter().enumerate() {
                let target = self.target.add((first + r) * self.stride);
                for (n, sum) in sums.iter().enumerate() {
                    let target = target.add(n * V::WIDTH);
                    match self.mode {
                        Target::Replace => sum.store(target),
                        Target::Add => V::load(target).add(*sum).store(target),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, factor: f64) -> Vec<f64> {
        (0..count).map(|i| (i as f64 * factor).sin()).collect()
    }

    /// Every set, layout and block size against the definition.
    fn check<T: Real + std::fmt::Debug>(set: InstructionSet, tolerance: f64) {
        for (rows, depth, columns) in
            [(1, 1, 8), (3, 2, 16), (16, 51, 40), (7, 0, 24), (25, 13, 56), (13, 5, 32), (11, 9, 104)]
        {
            let layouts = [(depth.max(1), 1), (1, rows), (1, 1), (3, 1)];
            for ((row_stride, depth_stride), mode) in
                layouts.into_iter().flat_map(|layout| [(layout, Target::Replace), (layout, Target::Add)])
            {
                let a = numbers(rows * row_stride + depth * depth_stride, 0.37);
                let b = numbers(depth * (columns + 3), 0.71);
                let convert =
                    |values: &[f64]| values.iter().map(|value| T::from_f64(*value)).collect::<Vec<T>>();
                let (left, right) = (convert(&a), convert(&b));
                let mut target = vec![T::from_f64(0.5); rows * (columns + 1)];
                product(
                    set,
                    Size { rows, columns, depth },
                    Left { elements: &left, row_stride, depth_stride },
                    Right { elements: &right, stride: columns + 3 },
                    (&mut target, columns + 1),
                    mode,
                );
                for (index, found) in target.iter().enumerate() {
                    let (row, column) = (index / (columns + 1), index % (columns + 1));
                    let terms = (0..depth).map(|k| {
                        a[row * row_stride + k * depth_stride]
                            * b[k * (columns + 3) + column.min(columns - 1)]
                    });
                    let sum: f64 = terms.sum();
                    let expected = match mode {
                        _ if column == columns => 0.5,
                        Target::Replace => sum,
                        Target::Add => sum + 0.5,
                    };
                    assert!(
                        (found.to_f64() - expected).abs() < tolerance,
                        "{set} {rows} {depth} {columns} {mode:?}: {found:?} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn products_are_those_of_the_definition_in_every_set() {
        check::<f64>(InstructionSet::plain(), 1e-12);
        for set in InstructionSet::available() {
            check::<f32>(set, 1e-4);
        }
    }

    #[test]
    #[should_panic(expected = "left factor")]
    fn a_short_slice_is_refused() {
        let left = Left { elements: &[1.0f32; 5], row_stride: 3, depth_stride: 1 };
        let right = Right { elements: &[1.0; 24], stride: 8 };
        let size = Size { rows: 2, columns: 8, depth: 3 };
        product(InstructionSet::plain(), size, left, right, (&mut [0.0; 16], 8), Target::Replace);
    }
}

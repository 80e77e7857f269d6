//! Average and maximum over windows of time that follow each other without gap or overlap.

use candle_core::{
    CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, WithDType, backend::BackendStorage,
};

use crate::{
    Form,
    host::{elements, open, tensor},
    parallel::for_each_chunk,
    real::{Real, for_real, refuse},
};

/// What a window gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Its mean.
    Average,
    /// Its largest value; of equal ones the first gets the gradient, and a NaN wins, as in PyTorch.
    Maximum,
}

/// Pools the last axis of `x` `[..., time]` with windows of `size` samples, `size` apart. The last `time % size` samples are
/// dropped and get a gradient of 0. Result: `[..., time / size]`.
///
/// # Errors
/// Where `size` is 0 or larger than the time axis.
pub fn pool(form: Form, x: &Tensor, pooling: Pooling, size: usize) -> Result<Tensor> {
    let time = x.dim(D::Minus1)?;
    if size == 0 || size > time {
        return refuse(format!("pooling of {time} samples in windows of {size}"));
    }
    let windows = Windows { pooling, size, time };
    match form {
        Form::Fused => x.contiguous()?.apply_op1(windows),
        Form::Composed => windows.composed(x),
    }
}

#[derive(Debug, Clone, Copy)]
struct Windows {
    pooling: Pooling,
    size: usize,
    time: usize,
}

impl Windows {
    fn count(self) -> usize {
        self.time / self.size
    }

    fn out_shape(self, shape: &Shape) -> Shape {
        let mut dims = shape.dims().to_vec();
        if let Some(time) = dims.last_mut() {
            *time = self.count();
        }
        dims.into()
    }

    fn composed(self, x: &Tensor) -> Result<Tensor> {
        let mut dims = self.out_shape(x.shape()).into_dims();
        dims.push(self.size);
        let windows = x.narrow(D::Minus1, 0, self.count() * self.size)?.reshape(dims)?;
        match self.pooling {
            Pooling::Average => windows.mean(D::Minus1),
            Pooling::Maximum => {
                // Not candle's own maximum, which gives every one of equal values the gradient.
                let sample = |number| windows.narrow(D::Minus1, number, 1)?.squeeze(D::Minus1)?.contiguous();
                let mut largest = sample(0)?;
                for number in 1..self.size {
                    let next = sample(number)?;
                    let takes_over = (next.gt(&largest)? + next.ne(&next)?)?;
                    largest = takes_over.where_cond(&next, &largest)?;
                }
                Ok(largest)
            }
        }
    }

    fn forward<T: Real>(self, x: &[T], out: &mut [T]) {
        let windows = x.chunks_exact(self.size);
        match (self.pooling, self.size) {
            // Sizes of the networks, spelt out so that the compiler can unroll them.
            (Pooling::Average, 4) => average::<T, 4>(x, out),
            (Pooling::Average, 8) => average::<T, 8>(x, out),
            (Pooling::Average, size) => {
                let factor = T::one() / T::from_f64(size as f64);
                for (out, window) in out.iter_mut().zip(windows) {
                    *out = window.iter().fold(T::zero(), |sum, x| sum + *x) * factor;
                }
            }
            (Pooling::Maximum, 2) => {
                for (out, [first, second]) in out.iter_mut().zip(x.as_chunks::<2>().0) {
                    *out = if wins(*second, *first) { *second } else { *first };
                }
            }
            (Pooling::Maximum, _) => {
                for (out, window) in out.iter_mut().zip(windows) {
                    *out = window[1..]
                        .iter()
                        .fold(window[0], |largest, x| if wins(*x, largest) { *x } else { largest });
                }
            }
        }
    }

    /// Writes the gradient of one row of the input; `dx` holds zeros.
    fn backward<T: Real>(self, x: &[T], dy: &[T], dx: &mut [T]) {
        let windows = dx.chunks_exact_mut(self.size).zip(dy);
        match (self.pooling, self.size) {
            (Pooling::Average, 4) => spread::<T, 4>(dy, dx),
            (Pooling::Average, 8) => spread::<T, 8>(dy, dx),
            (Pooling::Average, size) => {
                let factor = T::one() / T::from_f64(size as f64);
                windows.for_each(|(dx, dy)| dx.fill(*dy * factor));
            }
            (Pooling::Maximum, 2) => {
                let pairs = dx.as_chunks_mut::<2>().0.iter_mut().zip(x.as_chunks::<2>().0);
                for (([first, second], [x, next]), dy) in pairs.zip(dy) {
                    let second_wins = wins(*next, *x);
                    *first = if second_wins { T::zero() } else { *dy };
                    *second = if second_wins { *dy } else { T::zero() };
                }
            }
            (Pooling::Maximum, _) => {
                for ((dx, dy), x) in windows.zip(x.chunks_exact(self.size)) {
                    let mut largest = 0;
                    for candidate in 1..self.size {
                        largest = if wins(x[candidate], x[largest]) { candidate } else { largest };
                    }
                    dx[largest] = *dy;
                }
            }
        }
    }
}

#[inline(always)]
fn average<T: Real, const SIZE: usize>(x: &[T], out: &mut [T]) {
    let factor = T::one() / T::from_f64(SIZE as f64);
    for (out, window) in out.iter_mut().zip(x.as_chunks::<SIZE>().0) {
        let mut sum = window[0];
        for x in &window[1..] {
            sum += *x;
        }
        *out = sum * factor;
    }
}

#[inline(always)]
fn spread<T: Real, const SIZE: usize>(dy: &[T], dx: &mut [T]) {
    let factor = T::one() / T::from_f64(SIZE as f64);
    for (dx, dy) in dx.as_chunks_mut::<SIZE>().0.iter_mut().zip(dy) {
        *dx = [*dy * factor; SIZE];
    }
}

/// PyTorch's rule: the larger one, and any NaN.
#[inline(always)]
#[expect(clippy::eq_op, reason = "only NaN differs from itself, and the generic type has no is_nan")]
fn wins<T: Real>(candidate: T, incumbent: T) -> bool {
    candidate > incumbent || candidate != candidate
}

/// Rows a unit of work.
const ROWS: usize = 32;

impl CustomOp1 for Windows {
    fn name(&self) -> &'static str {
        "pooling"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_real!(x.dtype(), T => {
            let x = elements::<T>(x, layout)?;
            let shape = self.out_shape(layout.shape());
            let mut out = vec![0.0; shape.elem_count()];
            for_each_chunk(&mut out, ROWS * self.count(), |number, out| {
                let rows = x[number * ROWS * self.time..].chunks_exact(self.time);
                out.chunks_exact_mut(self.count()).zip(rows).for_each(|(out, x)| self.forward(x, out));
            });
            Ok((T::to_cpu_storage_owned(out), shape))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let (xs, gradients) = (open(x), open(&gradient));
        for_real!(x.dtype(), T => {
            let (xs, gradients) = (xs.elements::<T>()?, gradients.elements::<T>()?);
            let mut out = vec![0.0; xs.len()];
            for_each_chunk(&mut out, ROWS * self.time, |number, dx| {
                let rows = xs[number * ROWS * self.time..].chunks_exact(self.time);
                let gradients = gradients[number * ROWS * self.count()..].chunks_exact(self.count());
                for ((dx, x), dy) in dx.chunks_exact_mut(self.time).zip(rows).zip(gradients) {
                    self.backward(x, dy, dx);
                }
            });
            Ok(Some(tensor(out, x.shape())?))
        })
    }
}

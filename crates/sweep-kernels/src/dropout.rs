//! Dropout (Srivastava et al. 2014) with masks that are a function of their stream.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, backend::BackendStorage};
use sweep_random::Stream;

use crate::{
    Form,
    host::{elements, open, tensor},
    parallel::for_each_chunk,
    real::{Real, for_real, refuse},
};

/// Sets every element of `x` to 0 with the given `probability` and scales the others by 1 / (1 - `probability`).
///
/// Element i of `x`, in row-major order, is kept where word i of `stream` is at least `probability` times 2^32, rounded down. So the
/// mask depends on the stream alone: not on the device, nor on the number of threads. It is drawn again in the backward pass
/// rather than stored.
///
/// # Errors
/// Where `probability` is not in 0 up to, and without, 1.
pub fn dropout(form: Form, x: &Tensor, probability: f64, stream: Stream) -> Result<Tensor> {
    if !(0.0..1.0).contains(&probability) {
        return refuse(format!(
            "a dropout probability of {probability}: it must lie in 0 up to, and without, 1"
        ));
    }
    if probability == 0.0 {
        return Ok(x.clone());
    }
    let mask =
        Mask { threshold: (probability * 4_294_967_296.0) as u32, scale: 1.0 / (1.0 - probability), stream };
    match form {
        Form::Fused => x.contiguous()?.apply_op1(mask),
        Form::Composed => {
            let mut factors = vec![1.0f32; x.elem_count()];
            // Scaled afterwards, so that 1 / (1 - p) keeps the precision of the tensor's type.
            Mask { scale: 1.0, ..mask }.apply(&factors.clone(), &mut factors, 0);
            let factors = Tensor::from_vec(factors, x.shape(), x.device())?.to_dtype(x.dtype())?;
            (x * factors)? * mask.scale
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Mask {
    threshold: u32,
    scale: f64,
    stream: Stream,
}

/// Elements a unit of work; a multiple of the four words of a block.
const CHUNK: usize = 1 << 13;
/// Words drawn at a time.
const WORDS: usize = 256;

impl Mask {
    /// Masks the elements from number `first` on.
    fn apply<T: Real>(self, x: &[T], out: &mut [T], first: usize) {
        let scale = T::from_f64(self.scale);
        let mut words = [0; WORDS];
        for (part, (x, out)) in x.chunks(WORDS).zip(out.chunks_mut(WORDS)).enumerate() {
            let words = &mut words[..out.len()];
            self.stream.fill(first + part * WORDS, words);
            for ((out, x), word) in out.iter_mut().zip(x).zip(words) {
                // Multiplied rather than chosen, so that NaN stays NaN as in PyTorch.
                *out = *x * if *word >= self.threshold { scale } else { T::zero() };
            }
        }
    }

    fn apply_all<T: Real>(self, x: &[T]) -> Vec<T> {
        let mut out = vec![T::zero(); x.len()];
        for_each_chunk(&mut out, CHUNK, |number, out| {
            let first = number * CHUNK;
            self.apply(&x[first..first + out.len()], out, first);
        });
        out
    }
}

impl CustomOp1 for Mask {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_real!(x.dtype(), T => {
            Ok((T::to_cpu_storage_owned(self.apply_all(elements::<T>(x, layout)?)), layout.shape().clone()))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let gradients = open(&gradient);
        for_real!(x.dtype(), T => Ok(Some(tensor(self.apply_all(gradients.elements::<T>()?), x.shape())?)))
    }
}

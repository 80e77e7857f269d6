//! Cross-entropy from logits.

use candle_core::{
    CpuStorage, CustomOp1, D, DType, Layout, Result, Shape, Tensor, WithDType, backend::BackendStorage,
};

use crate::{
    Form,
    host::{elements, open, tensor},
    real::{Real, for_real, refuse},
};

/// The mean over the batch of the cross-entropy between softmax(`logits`) `[batch, class]` and `labels` `[batch]`, whole numbers
/// of type u32 below the number of classes. A scalar.
///
/// # Errors
/// Where the shapes do not fit, the batch is empty, or, in the fused form, a label is no class.
pub fn cross_entropy(form: Form, logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let (batch, classes) = logits.dims2()?;
    if batch == 0 || classes == 0 || labels.dims() != [batch] || labels.dtype() != DType::U32 {
        return refuse(format!(
            "cross-entropy of logits {:?} with labels {:?} of type {}: expected one u32 a trial",
            logits.dims(),
            labels.dims(),
            labels.dtype().as_str()
        ));
    }
    match form {
        Form::Fused => {
            let labels = labels.to_vec1::<u32>()?;
            if let Some(label) = labels.iter().find(|label| **label as usize >= classes) {
                return refuse(format!("label {label} where there are {classes} classes"));
            }
            logits.contiguous()?.apply_op1(CrossEntropy { labels, classes })
        }
        Form::Composed => {
            // Shifting all logits of a trial changes nothing but keeps the exponential finite; so it needs no gradient.
            let shifted = logits.broadcast_sub(&logits.detach().max_keepdim(D::Minus1)?)?;
            let normaliser = shifted.exp()?.sum(D::Minus1)?.log()?;
            let chosen = shifted.gather(&labels.unsqueeze(1)?, D::Minus1)?.squeeze(1)?;
            (normaliser - chosen)?.mean_all()
        }
    }
}

#[derive(Debug)]
struct CrossEntropy {
    labels: Vec<u32>,
    classes: usize,
}

impl CrossEntropy {
    /// Each trial's label and logits.
    fn trials<'a, T>(&'a self, logits: &'a [T]) -> impl Iterator<Item = (usize, &'a [T])> {
        self.labels.iter().map(|label| *label as usize).zip(logits.chunks_exact(self.classes))
    }

    fn forward<T: Real>(&self, logits: &[T]) -> T {
        let sum: f64 = self
            .trials(logits)
            .map(|(label, logits)| {
                let (largest, normaliser) = normaliser(logits);
                normaliser.ln() - (logits[label].to_f64() - largest)
            })
            .sum();
        T::from_f64(sum / self.labels.len() as f64)
    }

    /// (softmax - one-hot label) / batch, times the loss' own gradient.
    fn backward<T: Real>(&self, logits: &[T], gradient: f64) -> Vec<T> {
        let scale = gradient / self.labels.len() as f64;
        let mut out = Vec::with_capacity(logits.len());
        for (label, logits) in self.trials(logits) {
            let (largest, normaliser) = normaliser(logits);
            for (class, logit) in logits.iter().enumerate() {
                let softmax = (logit.to_f64() - largest).exp() / normaliser;
                out.push(T::from_f64(scale * (softmax - f64::from(u8::from(class == label)))));
            }
        }
        out
    }
}

/// The largest logit, and the sum of the exponentials of all logits less it.
fn normaliser<T: Real>(logits: &[T]) -> (f64, f64) {
    let largest = logits.iter().map(|logit| logit.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    (largest, logits.iter().map(|logit| (logit.to_f64() - largest).exp()).sum())
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_real!(logits.dtype(), T => {
            let loss = self.forward::<T>(elements(logits, layout)?);
            Ok((T::to_cpu_storage_owned(vec![loss]), Shape::from(())))
        })
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        let opened = open(logits);
        for_real!(logits.dtype(), T => {
            Ok(Some(tensor(self.backward::<T>(opened.elements()?, gradient), logits.shape())?))
        })
    }
}

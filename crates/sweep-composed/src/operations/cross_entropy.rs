//! Cross-entropy from logits.

use candle_core::{D, DType, Result, Tensor};

use super::refuse;

/// The mean over the batch of the cross-entropy between softmax(`logits`) `[batch, class]` and `labels` `[batch]`, whole numbers
/// of type u32 below the number of classes, of which the share `smoothing` is spread over all classes (as
/// `torch.nn.functional.cross_entropy`). A scalar.
///
/// # Errors
/// Where the shapes do not fit, or the batch is empty.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor, smoothing: f64) -> Result<Tensor> {
    let (batch, classes) = logits.dims2()?;
    if batch == 0 || classes == 0 || labels.dims() != [batch] || labels.dtype() != DType::U32 {
        return refuse(format!(
            "cross-entropy of logits {:?} with labels {:?} of type {}: expected one u32 a trial",
            logits.dims(),
            labels.dims(),
            labels.dtype().as_str()
        ));
    }
    // Shifting all logits of a trial changes nothing but keeps the exponential finite; so it needs no gradient.
    let shifted = logits.broadcast_sub(&logits.detach().max_keepdim(D::Minus1)?)?;
    let normaliser = shifted.exp()?.sum(D::Minus1)?.log()?;
    let chosen = shifted.gather(&labels.unsqueeze(1)?, D::Minus1)?.squeeze(1)?;
    if smoothing == 0.0 {
        return (normaliser - chosen)?.mean_all();
    }
    let smoothed = ((chosen * (1.0 - smoothing))? + (shifted.mean(D::Minus1)? * smoothing)?)?;
    (normaliser - smoothed)?.mean_all()
}

//! The networks: layers, initial weights, forward pass, optimizers, and exchange of weights with PyTorch.
//!
//! One model a file, as a list of layers; `Network` gives it weights and computes. This crate knows no data sets, no
//! training loop and no files.

mod blueprint;
mod deepconvnet;
mod eegnet;
mod error;
mod layers;
mod network;
mod optimizer;
mod settings;
mod table;
mod weights;

pub use error::{ModelError, WeightProblem};
pub use network::{DropoutKey, Mode, Network};
pub use optimizer::{Optimizer, OptimizerSettings};
pub use settings::{InputShape, Settings};
pub use sweep_kernels::Form;
pub use table::{LayerRow, layer_table};
pub use weights::{StoredShape, infer_shape};

use candle_core::Tensor;

/// The mean over the batch of the cross-entropy between the softmax of `logits` `[batch, class]` and `labels` `[batch]` (u32), in the
/// form of the logits' device. A scalar with gradient.
///
/// # Errors
/// Where the shapes do not fit each other.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor, ModelError> {
    Ok(sweep_kernels::cross_entropy(Form::for_device(logits.device()), logits, labels)?)
}

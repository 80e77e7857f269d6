//! The networks: layers, initial weights, training step, logits, optimizers, and exchange of weights with PyTorch.
//!
//! One model a file, as a list of layers; `Network` gives it weights and computes. This crate knows no data sets, no
//! training loop and no files.

mod blueprint;
mod computation;
mod deepconvnet;
mod eegnet;
mod error;
mod fused;
mod layers;
mod memory;
mod network;
mod optimizer;
mod settings;
mod table;
mod weights;

pub use computation::{DropoutKey, Step};
pub use error::{ModelError, WeightProblem};
pub use memory::{TrainingMemory, Workload, training_memory};
pub use network::Network;
pub use optimizer::{Optimizer, OptimizerSettings};
pub use settings::Settings;
pub use sweep_kernels::{Form, InstructionSet, start_threads};
pub use sweep_networks::InputShape;
pub use table::{LayerRow, layer_table};
pub use weights::{StoredShape, infer_shape, metadata, with_metadata};

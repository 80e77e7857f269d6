//! The networks: layers, initial weights, training step, logits, optimizers, and exchange of weights with PyTorch.
//!
//! `sweep-networks` says which layers a network has; `Network` gives it weights and computes. This crate knows no data sets, no
//! training loop and no files.

mod computation;
mod error;
mod fused;
mod layers;
mod memory;
mod network;
mod optimizer;
mod settings;
mod weights;

pub use computation::{DropoutKey, Step};
pub use error::{ModelError, WeightProblem};
pub use memory::{TrainingMemory, Workload, training_memory};
pub use network::{Network, layer_table};
pub use optimizer::{Optimizer, OptimizerSettings};
pub use settings::Settings;
pub use sweep_kernels::{Form, InstructionSet, start_threads};
pub use sweep_networks::{BlueprintError, InputShape, LayerRow};
pub use weights::{StoredShape, infer_shape, metadata, with_metadata};

//! The networks: initial weights, training, logits, optimizers, and exchange of weights with PyTorch, all on slices of the host.
//!
//! `sweep-networks` says which layers a network has. An [`Engine`] trains networks on a [`Device`] an epoch at a time; [`Network`] and
//! [`Optimizer`] are the steps of which engines on the processor make epochs. This crate knows no data sets, no training loop and no
//! files.

mod cuda;
mod device;
mod engine;
mod error;
mod fused;
mod host;
mod memory;
mod network;
mod optimizer;
mod settings;
mod state;
mod weights;

pub use cuda::{cuda_launches, cuda_memory, has_kernels};
pub use device::{Device, DeviceError};
pub use engine::{
    Divergence, Engine, Epoch, EpochResult, LabelledTrials, Member, MemberEpoch, TrainedEpoch, TrainingData,
};
pub use error::{ModelError, WeightProblem};
pub use memory::{BundleMemory, TrainingMemory, Workload, training_memory};
pub use network::{Network, Step, layer_table, multiply_adds};
pub use optimizer::{Optimizer, OptimizerSettings};
pub use settings::Settings;
pub use state::{Entry, State, Value};
pub use sweep_composed::Element;
pub use sweep_kernels::{DropoutKey, InstructionSet, Real, start_threads};
pub use sweep_networks::{BlueprintError, InputShape, LayerRow};
pub use weights::{StoredShape, first_not_finite, infer_shape, metadata, with_metadata};

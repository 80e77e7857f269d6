//! Trains one bundle of trainings at a time and says what happens to them.
//!
//! A worker knows no other worker, no database and no sweep file: it takes orders, trains, writes weights and emits events.

#[cfg(test)]
mod ahead;
mod checkpoint;
mod endings;
mod error;
mod evaluate;
mod files;
mod memento;
mod memory;
mod network;
mod resident;
mod serve;
mod stop;
mod train;
mod training;

pub use checkpoint::{CHECKPOINTS, CheckpointFolder};
pub use endings::TrainedJob;
pub use error::WorkerError;
pub use evaluate::{Evaluation, evaluate, predicted_class};
pub use files::{read_weights, remove_partial_files};
pub use memory::{BundleMemory, PeakMemory, has_gpu_kernels, peak_memory};
pub use network::{check_initial_weights, engine_with_weights};
pub use resident::ResidentData;
pub use serve::{WorkerSettings, read_order, serve};
pub use stop::StopFlag;
pub use train::{TrainingEvent, train};

//! What a job is: its specification, identity, state, events and metrics, the messages that carry them, and the
//! rows that are known of it.
//!
//! Plain serde types. This crate does no I/O and knows no tensors, no SQL and no TOML.

mod checkpoints;
mod checksum;
mod data;
mod event;
mod failure;
mod id;
mod message;
mod metrics;
mod progress;
mod record;
mod run;
mod spec;
mod state;
mod view;

pub use checkpoints::{CheckpointInterval, IntervalError};
pub use checksum::{hexadecimal, sha256};
pub use data::{DataIdentity, DataSource, DataSpec, Layout, Scale};
pub use event::{JobEvent, Provenance};
pub use failure::{FailureReason, LossKind, MemoryEvidence};
pub use id::{IdError, JobId, TrajectoryKey};
pub use message::{Bundle, BundleError, BundleOrder, PlannedJob, WorkerOrder, WorkerReport};
pub use metrics::{EpochMetrics, Outcome, Predictions, Score, Snapshot, WeightsFile};
pub use progress::{EpochCursor, EpochKind, NewEpochs, Pace, Progress, RunningTraining, TailMean, WorkLeft};
pub use record::{
    DataLabel, DataSetRecord, JobRecord, JobStatus, QueryTable, SnapshotKind, SweepCounts, SweepId,
    SweepRecord, Value,
};
pub use run::{ProcessIdentity, RunDetails, RunId, RunLife, RunRecord};
pub use spec::{
    Activation, DeviceChoice, InitialWeights, JobSpec, MaxNorm, ModelKind, Optimizer, Shuffle, UnknownDevice,
};
pub use state::{InvalidTransition, JobState};
pub use view::{ColumnType, ValueRef, ViewColumn};

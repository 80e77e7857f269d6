//! What a job is: its specification, identity, state, events and metrics, the messages that carry them, the
//! rows that are known of it, and their text for programs.
//!
//! Plain serde types. This crate opens no files and knows no tensors, no SQL and no TOML.

mod bundle;
mod checkpoints;
mod checksum;
mod data;
mod event;
mod evidence;
mod failure;
mod id;
mod job_view;
mod leaks;
mod message;
mod metrics;
mod note;
mod progress;
mod record;
mod rows;
mod run;
mod setting;
mod spec;
mod state;
mod status;
mod stored;
mod view;

pub use bundle::{Bundle, BundleError, BundleKey, PlannedJob, Training};
pub use checkpoints::{CheckpointInterval, IntervalError};
pub use checksum::{hexadecimal, sha256};
pub use data::{
    DataIdentity, DataSource, DataSpec, Declaration, KeyKind, KeyValue, KeyValues, Layout, MOST_SEED, Origin,
    Presence, Scale, SourceKey, ValidationBy, sources,
};
pub use event::{DRIVER, JobEvent, Provenance, without_driver};
pub use evidence::Evidence;
pub use failure::{FailureReason, LossKind, MemoryEvidence};
pub use id::{ARITHMETIC, IdError, JobId, TrajectoryKey};
pub use job_view::JobView;
pub use leaks::{Leaks, NewSubjects, SharedExample, SharedTrials};
pub use message::{BundleOrder, WorkerOrder, WorkerReport};
pub use metrics::{EpochMetrics, Outcome, Predictions, Score, Snapshot, Standouts, WeightsFile};
pub use note::{MissingSamples, NetworkNote, NoteError, Preparation, Scaling};
pub use progress::{
    EpochCursor, EpochKind, InterruptedJob, NewEpochs, Pace, Progress, RunningTraining, TailMean, WorkLeft,
};
pub use record::{
    DataLabel, DataSetRecord, JobRecord, JobStatus, QueryTable, SnapshotKind, SweepCounts, SweepId,
    SweepLabel, SweepRecord, Value,
};
pub use rows::{CsvRows, JsonRows, distinct_names, sql_bytes};
pub use run::{AttemptRecord, ProcessIdentity, RunDetails, RunId, RunLife, RunRecord};
pub use setting::{Setting, SettingColumn, SettingContext};
pub use spec::{Activation, DeviceChoice, InitialWeights, JobSpec, Optimizer, Shuffle, UnknownDevice};
pub use state::{InvalidTransition, JobState};
pub use status::{BulkTransition, Status};
pub use sweep_networks::{Bounds, MaxNorm, ModelKind, SettingKind, SettingValue, SettingValues, WholeList};
pub use view::{ColumnType, View, ViewColumn};

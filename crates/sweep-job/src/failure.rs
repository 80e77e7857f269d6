//! Why a job failed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Status;

/// Why a job failed. A failed job is data: the sweep goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FailureReason {
    /// A loss, or a number that later epochs or the saved weights depend on, was not finite.
    #[error("diverged: {loss} was not finite in epoch {epoch}, step {step}")]
    Diverged {
        /// Epoch, from 1.
        epoch: u32,
        /// Step within the epoch, from 1; for what is looked at after an epoch, its last step.
        step: u32,
        /// What was not finite.
        loss: LossKind,
    },
    /// The process that trained it ended without a word.
    #[error("worker died: {how}")]
    WorkerDied {
        /// Signal or exit code, in words.
        how: String,
    },
    /// It took longer than it may.
    #[error("timed out: its training took more than {limit_seconds} s")]
    TimedOut {
        /// The time that a training may take, in seconds.
        limit_seconds: f64,
    },
    /// A person does not want it any more.
    #[error("cancelled")]
    Cancelled,
    /// The process that trained it ran out of memory.
    #[error("out of memory: worker {how}{evidence}; {}", evidence.remedy())]
    OutOfMemory {
        /// Signal or exit code, in words, with the process's last words where it had any.
        how: String,
        /// What says that it was memory.
        evidence: MemoryEvidence,
    },
    /// The network cannot be built for the data, or its initial weights do not fit.
    #[error("{message}")]
    Unsuitable {
        /// What does not fit.
        message: String,
    },
    /// It is trained, and its weights cannot be written: the disk is full, say.
    #[error("not saved: {message}")]
    NotSaved {
        /// What went wrong.
        message: String,
    },
    /// Anything else that stopped the training.
    #[error("{message}")]
    Error {
        /// What went wrong.
        message: String,
    },
}

impl FailureReason {
    /// The status of a job that failed so: `diverged`, `cancelled` or `failed`.
    pub fn status(&self) -> Status {
        match self {
            Self::Diverged { .. } => Status::Diverged,
            Self::Cancelled => Status::Cancelled,
            Self::WorkerDied { .. }
            | Self::OutOfMemory { .. }
            | Self::TimedOut { .. }
            | Self::Unsuitable { .. }
            | Self::NotSaved { .. }
            | Self::Error { .. } => Status::Failed,
        }
    }
}

/// What says that a process ended for want of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryEvidence {
    /// The kernel killed a process of its control group for want of memory while it ran.
    KillInGroup,
    /// The kernel killed a process of the machine for want of memory while it ran.
    KillOnMachine,
    /// Its last words: an allocation failed.
    AllocationFailed,
    /// A GPU had no room.
    OnDevice,
}

impl MemoryEvidence {
    /// What needs less memory.
    fn remedy(self) -> &'static str {
        match self {
            Self::KillInGroup | Self::KillOnMachine | Self::AllocationFailed => {
                "fewer workers or a smaller batch size need less"
            }
            Self::OnDevice => {
                "a smaller batch size needs less, and other programs may hold memory of the GPU"
            }
        }
    }
}

impl fmt::Display for MemoryEvidence {
    /// What follows how the process ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KillInGroup => ", and the kernel counted an out-of-memory kill in its control group",
            Self::KillOnMachine => ", and the kernel counted an out-of-memory kill on this machine",
            Self::AllocationFailed | Self::OnDevice => "",
        })
    }
}

/// What was not finite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// The loss of a batch in training.
    Train,
    /// The loss of the validation set.
    Validation,
    /// The loss of the test set.
    Test,
    /// No loss but a part of the training, in words: `the running variance of firstconv.2`.
    State(String),
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train loss",
            Self::Validation => "validation loss",
            Self::Test => "test loss",
            Self::State(what) => what,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_older_databases_are_read() {
        let read = |json| serde_json::from_str::<FailureReason>(json).unwrap();
        assert_eq!(
            read(r#"{"kind":"worker_died","how":"killed by signal 9 (SIGKILL)"}"#),
            FailureReason::WorkerDied { how: "killed by signal 9 (SIGKILL)".into() }
        );
        assert_eq!(
            read(r#"{"kind":"diverged","epoch":1,"step":2,"loss":"train"}"#),
            FailureReason::Diverged { epoch: 1, step: 2, loss: LossKind::Train }
        );
        assert_eq!(
            read(r#"{"kind":"unsuitable","message":"m"}"#),
            FailureReason::Unsuitable { message: "m".into() }
        );
        assert_eq!(
            read(r#"{"kind":"timed_out","limit_seconds":90}"#),
            FailureReason::TimedOut { limit_seconds: 90.0 }
        );
        assert_eq!(read(r#"{"kind":"error","message":"m"}"#), FailureReason::Error { message: "m".into() });
    }

    #[test]
    fn a_time_limit_is_said_in_seconds_and_parts_of_them() {
        let said = |limit_seconds| FailureReason::TimedOut { limit_seconds }.to_string();
        assert_eq!(said(90.0), "timed out: its training took more than 90 s");
        assert_eq!(said(0.2), "timed out: its training took more than 0.2 s");
    }

    #[test]
    fn a_training_can_diverge_without_a_loss_that_does() {
        let reason = FailureReason::Diverged {
            epoch: 3,
            step: 10,
            loss: LossKind::State("the running variance of firstconv.2".into()),
        };
        let json = r#"{"kind":"diverged","epoch":3,"step":10,"loss":{"state":"the running variance of firstconv.2"}}"#;
        assert_eq!(serde_json::to_string(&reason).unwrap(), json);
        assert_eq!(serde_json::from_str::<FailureReason>(json).unwrap(), reason);
        assert_eq!(
            reason.to_string(),
            "diverged: the running variance of firstconv.2 was not finite in epoch 3, step 10"
        );
    }

    #[test]
    fn want_of_memory_is_said_with_its_evidence_and_a_way_out() {
        let said = |evidence, how: &str| FailureReason::OutOfMemory { how: how.into(), evidence };
        let killed = "killed by signal 9 (SIGKILL)";
        let in_group = said(MemoryEvidence::KillInGroup, killed);
        let json =
            r#"{"kind":"out_of_memory","how":"killed by signal 9 (SIGKILL)","evidence":"kill_in_group"}"#;
        assert_eq!(serde_json::to_string(&in_group).unwrap(), json);
        assert_eq!(serde_json::from_str::<FailureReason>(json).unwrap(), in_group);
        assert_eq!(in_group.status(), Status::Failed);
        let all = [
            in_group,
            said(MemoryEvidence::KillOnMachine, killed),
            said(
                MemoryEvidence::AllocationFailed,
                "killed by signal 6 (SIGABRT): memory allocation of 8 bytes failed",
            ),
            said(MemoryEvidence::OnDevice, "has too little GPU memory"),
        ];
        insta::assert_snapshot!(all.map(|reason| reason.to_string()).join("\n"), @r"
        out of memory: worker killed by signal 9 (SIGKILL), and the kernel counted an out-of-memory kill in its control group; fewer workers or a smaller batch size need less
        out of memory: worker killed by signal 9 (SIGKILL), and the kernel counted an out-of-memory kill on this machine; fewer workers or a smaller batch size need less
        out of memory: worker killed by signal 6 (SIGABRT): memory allocation of 8 bytes failed; fewer workers or a smaller batch size need less
        out of memory: worker has too little GPU memory; a smaller batch size needs less, and other programs may hold memory of the GPU
        ");
    }
}

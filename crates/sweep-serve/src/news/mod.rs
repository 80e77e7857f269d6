//! News: what has been recorded since pages were sent. One look at the database serves all who listen, and none is taken where nobody does.

mod events;
mod hub;
mod look;

pub(crate) use self::{events::events, hub::Hub};

/// What those who listen are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// Something was recorded.
    Change(Change),
    /// The database cannot be read; why, in words.
    Trouble(String),
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// More than epochs of jobs that run: any page may be out of date.
    Everything,
    /// Epochs of these jobs.
    Epochs(Vec<JobNews>),
}

/// A job that got epochs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobNews {
    pub(crate) id: sweep_job::JobId,
    pub(crate) status: &'static str,
    /// Epochs that have ended.
    pub(crate) epochs: u32,
}

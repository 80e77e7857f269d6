//! The display where there is no terminal: plain lines, few enough for a log.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use sweep_job::{JobEvent, JobId};
use sweep_scheduler::RunEvent;

use super::{Verbosity, board::Board, text};
use crate::output::tell;

/// At most one line of epochs a job, or a bundle, in this time.
const PAUSE: Duration = Duration::from_secs(10);

pub(super) struct Lines {
    verbosity: Verbosity,
    last: HashMap<JobId, Instant>,
}

impl Lines {
    pub(super) fn new(verbosity: Verbosity) -> Self {
        Self { verbosity, last: HashMap::new() }
    }

    pub(super) fn show(&mut self, board: &Board, run_event: &RunEvent<'_>, ending: Option<&str>) {
        let RunEvent::Job { slot, job, event } = run_event else { return };
        let failed = matches!(event, JobEvent::Failed(_));
        if self.verbosity == Verbosity::Quiet && !failed {
            return;
        }
        if let Some(line) = ending {
            self.last.remove(job);
            tell(&format!("{line}  [{}]", text::sweep(board).join(", ")));
        } else if let JobEvent::EpochFinished(_) = event
            && let Some(trainings @ [first, ..]) = board.slots.get(slot).map(Vec::as_slice)
            && trainings.iter().any(|training| training.job == *job)
            && self.is_due(first.job)
        {
            let parts = text::trainings(board, trainings, board.labels.width, None);
            tell(&format!("{}  [{}]", parts.join("  "), text::sweep(board).join(", ")));
        }
    }

    fn is_due(&mut self, job: JobId) -> bool {
        let now = Instant::now();
        let due = self.last.get(&job).is_none_or(|last| now - *last >= PAUSE);
        if due {
            self.last.insert(job, now);
        }
        due
    }
}

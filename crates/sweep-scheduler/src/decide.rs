//! What to do next: a pure function of where the slots stand. It does not know what a worker or a bundle is.

/// Where a slot stands, as far as decisions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotView {
    /// No worker; one may be started.
    Empty,
    /// A worker that is not ready yet.
    Starting,
    /// A worker that waits for a bundle.
    Idle,
    /// A worker that waits for a bundle, and gets none for now.
    Resting,
    /// A worker that has a bundle, or gets none for now while it reports the ends of jobs.
    Busy,
    /// A worker that waits for a bundle, and has yet to report the ends of jobs that it has trained.
    Finishing,
    /// A worker that has nothing and was asked to end, or that was killed.
    Ending,
    /// No worker, and none is to be started, or not yet.
    Retired,
}

/// Whether bundles are still handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// They are.
    Open,
    /// The sweep stops.
    Closed,
}

/// One step. `slot` is an index into the views that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Hand the next waiting bundle to the worker in `slot`, which is idle or finishing.
    HandOut {
        /// Which slot.
        slot: usize,
    },
    /// Start a worker in the empty `slot`.
    Start {
        /// Which slot.
        slot: usize,
    },
    /// Ask the worker in `slot`, which holds no bundle, to end.
    End {
        /// Which slot.
        slot: usize,
    },
}

/// What to do now, where `waiting` bundles wait.
///
/// Idle workers get bundles while there are any, and then those that are finishing: the latter have less time for them. What
/// then still waits, and no starting worker will take, starts
/// workers in empty slots: so there are never more workers than bundles. Workers for which nothing waits are asked to
/// end at once, which frees their memory for the others: a bundle that is lost with its worker is not handed out
/// again.
///
/// Applied to the slots as these decisions leave them, it decides nothing more.
pub fn decide(slots: &[SlotView], waiting: usize, intake: Intake) -> Vec<Decision> {
    let mut waiting = match intake {
        Intake::Open => waiting,
        Intake::Closed => 0,
    };
    let mut decisions = Vec::new();
    let in_state =
        |state| slots.iter().enumerate().filter(move |(_, view)| **view == state).map(|(slot, _)| slot);
    for slot in in_state(SlotView::Idle) {
        decisions.push(if waiting > 0 { Decision::HandOut { slot } } else { Decision::End { slot } });
        waiting = waiting.saturating_sub(1);
    }
    decisions.extend(in_state(SlotView::Resting).map(|slot| Decision::End { slot }));
    for slot in in_state(SlotView::Finishing).take(waiting) {
        decisions.push(Decision::HandOut { slot });
        waiting -= 1;
    }
    for slot in in_state(SlotView::Starting) {
        if waiting == 0 {
            decisions.push(Decision::End { slot });
        }
        waiting = waiting.saturating_sub(1);
    }
    decisions.extend(in_state(SlotView::Empty).take(waiting).map(|slot| Decision::Start { slot }));
    decisions
}

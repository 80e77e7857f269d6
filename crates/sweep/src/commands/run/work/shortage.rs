//! Trainings that ran out of GPU memory although they had the GPU for themselves: another program holds the memory. It knows when they
//! are tried again, and when to give up.

use std::{collections::HashMap, time::Duration};

use sweep_scheduler::Slot;

/// The pause after the first time; it doubles with each in a row.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often a training is tried again while nothing else trains either.
const TRIES: u32 = 6;

/// The shortage of memory so far.
#[derive(Debug)]
pub(super) struct Shortage {
    allowed: u32,
    /// How often in a row each slot had no room.
    in_a_row: HashMap<Slot, u32>,
    tries: HashMap<usize, Tries>,
    /// Epochs that were trained in this run.
    epochs: u64,
}

/// How often a training was tried.
#[derive(Debug, Default)]
struct Tries {
    count: u32,
    /// Epochs that were trained before the last one.
    epochs: u64,
}

/// What is done about a training without room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// Before it is tried again, and for which its slot gets nothing.
    pub(super) pause: Duration,
    /// Whether the slot had room the last time.
    pub(super) is_news: bool,
}

impl Shortage {
    /// No shortage yet. A run without retries tries nothing again.
    pub(super) fn new(retries_allowed: u32) -> Self {
        let allowed = if retries_allowed == 0 { 0 } else { TRIES };
        Self { allowed, in_a_row: HashMap::new(), tries: HashMap::new(), epochs: 0 }
    }

    /// An epoch was trained in a slot: there is room.
    pub(super) fn trained(&mut self, slot: Slot) {
        self.epochs += 1;
        self.in_a_row.remove(&slot);
    }

    /// A training had no room in a slot. None if it was tried often enough, or has failed for good.
    pub(super) fn found(&mut self, slot: Slot, training: usize) -> Option<Wait> {
        let tries = self.tries.entry(training).or_default();
        if tries.epochs != self.epochs {
            *tries = Tries { count: 0, epochs: self.epochs };
        }
        if tries.count >= self.allowed {
            return None;
        }
        tries.count += 1;
        let in_a_row = self.in_a_row.entry(slot).or_default();
        *in_a_row += 1;
        let doubled = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(*in_a_row - 1));
        Some(Wait { pause: doubled.min(LONGEST_PAUSE), is_news: *in_a_row == 1 })
    }
}

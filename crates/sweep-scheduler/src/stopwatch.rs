//! The running time of a training. It does not know what trains.

use std::time::Duration;

use tokio::time::Instant;

use crate::run::LOOK_EVERY;

/// The most that counts between two looks. Where more time has passed, this process was stopped, or the machine slept.
const LONGEST_STEP: Duration = LOOK_EVERY.saturating_mul(2);

/// Counts the time in which a training runs: not the time in which its worker or this process is stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    last_look: Instant,
    running: Duration,
}

impl Stopwatch {
    /// Begins to count.
    pub(crate) fn begin(now: Instant) -> Self {
        Self { last_look: now, running: Duration::ZERO }
    }

    /// The running time until now. It must be called about every [`LOOK_EVERY`].
    pub(crate) fn look(&mut self, now: Instant, is_stopped: bool) -> Duration {
        let step = now - self.last_look;
        self.last_look = now;
        if !is_stopped {
            self.running += step.min(LONGEST_STEP);
        }
        self.running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_which_nothing_runs_does_not_count() {
        let begin = Instant::now();
        let mut watch = Stopwatch::begin(begin);
        let mut look = |milliseconds, is_stopped| {
            watch.look(begin + Duration::from_millis(milliseconds), is_stopped).as_millis()
        };
        assert_eq!(look(500, false), 500);
        // The worker alone was stopped.
        assert_eq!(look(1000, true), 500);
        assert_eq!(look(1500, false), 1000);
        // All was stopped for a day.
        assert_eq!(look(86_400_000, false), 2000);
        assert_eq!(look(86_400_500, false), 2500);
    }
}

//! What signals ask of a run. It waits for none.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sweep_scheduler::StopRequest;

/// A system repeats its signals: Slurm sends SIGTERM twice at the time limit, systemd may send SIGHUP after it.
const REPEATED_BY_A_SYSTEM: Duration = Duration::from_secs(5);

/// Ctrl-C may reach a program twice: from the terminal and through what started it.
const REPEATED_BY_A_TERMINAL: Duration = Duration::from_millis(500);

/// Turns signals into requests: the first one stops after the epoch, a later one at once. What arrives shortly after the first is
/// a repetition of it.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    first: Option<Instant>,
    last: Option<StopRequest>,
}

impl Requests {
    /// What `signal` asks for at the moment `now`, if that is new.
    pub(crate) fn next(&mut self, signal: Signal, now: Instant) -> Option<StopRequest> {
        let first = *self.first.get_or_insert(now);
        let repeated_within = match signal {
            Signal::SIGINT => REPEATED_BY_A_TERMINAL,
            _ => REPEATED_BY_A_SYSTEM,
        };
        let request = match self.last {
            None => StopRequest::AfterEpoch,
            Some(StopRequest::AfterEpoch) if now - first >= repeated_within => StopRequest::Now,
            Some(_) => return None,
        };
        self.last = Some(request);
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What signals ask for that arrive at these milliseconds.
    fn asked(signals: &[(u64, Signal)]) -> Vec<Option<StopRequest>> {
        let (mut requests, begin) = (Requests::default(), Instant::now());
        signals.iter().map(|&(at, signal)| requests.next(signal, begin + Duration::from_millis(at))).collect()
    }

    #[test]
    fn a_repeated_signal_asks_for_nothing_new() {
        use Signal::{SIGHUP, SIGINT, SIGTERM};
        let (epoch, now) = (Some(StopRequest::AfterEpoch), Some(StopRequest::Now));
        assert_eq!(
            asked(&[
                (0, SIGTERM),
                (50, SIGTERM),
                (60, SIGHUP),
                (4000, SIGTERM),
                (5000, SIGTERM),
                (6000, SIGTERM)
            ]),
            [epoch, None, None, None, now, None]
        );
        assert_eq!(asked(&[(0, SIGINT), (3, SIGINT), (800, SIGINT)]), [epoch, None, now]);
        assert_eq!(asked(&[(0, SIGTERM), (2000, SIGINT)]), [epoch, now]);
    }
}

//! Signals of the system: which of them a process waits for instead of being ended by them. It does not know what is done about
//! them.

mod requests;

use std::fs;

use nix::{
    errno::Errno,
    sys::signal::{SigSet, Signal, raise},
};

pub(crate) use requests::Requests;

/// What systems and people send to end a program.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Signals that do nothing to this process but wake who waits for them.
#[derive(Debug)]
pub(crate) struct Signals(SigSet);

impl Signals {
    /// Takes the signals that end a program, and the one of Ctrl-Z. Only threads that are started later, and the processes that
    /// those and this one start, take them too.
    pub(crate) fn of_a_run() -> Self {
        Self::block(ENDING.into_iter().filter(|signal| !stays_ignored(*signal)).chain([Signal::SIGTSTP]))
    }

    /// Takes the signals that end a program. Ctrl-Z stops it as usual, although it was started by a process that takes it.
    pub(crate) fn of_a_worker() -> Self {
        let _ = SigSet::from(Signal::SIGTSTP).thread_unblock();
        Self::block(ENDING.into_iter().filter(|signal| !stays_ignored(*signal)))
    }

    fn block(signals: impl Iterator<Item = Signal>) -> Self {
        let signals: SigSet = signals.collect();
        // It fails for invalid arguments only.
        let _ = signals.thread_block();
        Self(signals)
    }

    /// Waits for the next one.
    pub(crate) fn wait(&self) -> Signal {
        loop {
            if let Ok(signal) = self.0.wait() {
                return signal;
            }
        }
    }
}

/// Lets a write beyond the limit on file sizes (`ulimit -f`) fail with an error, instead of ending the program without a word.
pub(crate) fn survive_file_size_limit() {
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
}

/// Stops this process until it is continued, as by `fg`. If no shell is there that could continue it, as in `tmux new 'sweep run ...'`, it
/// goes on: the system ignores SIGTSTP then, and SIGSTOP it would not.
///
/// # Errors
/// If the system refuses.
pub(crate) fn stop_here() -> Result<(), Errno> {
    let suspend = SigSet::from(Signal::SIGTSTP);
    // It is sent to this thread, and waits until the thread lets it through.
    raise(Signal::SIGTSTP)?;
    suspend.thread_unblock()?;
    suspend.thread_block()
}

/// Whether whoever started this process wants it to ignore the signal: `nohup` does that with SIGHUP. A shell without job control
/// lets what it starts in the background ignore SIGINT; that is sent here by name if at all, and counts.
fn stays_ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    signal == Signal::SIGHUP && ignored(&status) & (1 << (signal as u32 - 1)) != 0
}

/// The signals that a process ignores, a bit each, from what Linux tells of it.
fn ignored(status: &str) -> u64 {
    let digits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signals_that_a_process_ignores_are_read() {
        assert_eq!(ignored("Name:\tsweep\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000440\n"), 0x1001);
        assert_eq!(ignored(""), 0);
    }
}

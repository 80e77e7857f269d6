//! How a process ended, in words, and whether one is stopped. It does not know whether it should be.

use std::{fs, process::ExitStatus};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, so that its log may say why.
    ByItself,
    /// By a signal that others send, of which its log knows nothing.
    FromOutside,
}

/// The status in words, such as `exit code 101` or `killed by signal 9 (SIGKILL)`.
pub(crate) fn describe(status: ExitStatus) -> (String, Ending) {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return describe_signal(signal);
    }
    let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
    (how, Ending::ByItself)
}

/// Whether SIGKILL ended it.
pub(crate) fn is_killed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        std::os::unix::process::ExitStatusExt::signal(&status) == Some(Signal::KILL.as_raw())
    }
    #[cfg(not(unix))]
    {
        let _ = status;
        false
    }
}

/// Whether the process is stopped, by a signal or a debugger. Where the system does not tell, it is not.
pub(crate) fn is_stopped(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program, in parentheses, may hold anything.
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    matches!(state, Some('T' | 't'))
}

#[cfg(unix)]
fn describe_signal(number: i32) -> (String, Ending) {
    use rustix::process::Signal;
    const NAMES: [(Signal, &str, Ending); 15] = [
        (Signal::HUP, "SIGHUP", Ending::FromOutside),
        (Signal::INT, "SIGINT", Ending::FromOutside),
        (Signal::QUIT, "SIGQUIT", Ending::FromOutside),
        (Signal::ILL, "SIGILL", Ending::ByItself),
        (Signal::TRAP, "SIGTRAP", Ending::ByItself),
        (Signal::ABORT, "SIGABRT", Ending::ByItself),
        (Signal::BUS, "SIGBUS", Ending::ByItself),
        (Signal::FPE, "SIGFPE", Ending::ByItself),
        (Signal::KILL, "SIGKILL", Ending::FromOutside),
        (Signal::SEGV, "SIGSEGV", Ending::ByItself),
        (Signal::PIPE, "SIGPIPE", Ending::ByItself),
        (Signal::TERM, "SIGTERM", Ending::FromOutside),
        (Signal::XCPU, "SIGXCPU", Ending::FromOutside),
        (Signal::XFSZ, "SIGXFSZ", Ending::ByItself),
        (Signal::SYS, "SIGSYS", Ending::ByItself),
    ];
    match NAMES.into_iter().find(|(signal, ..)| signal.as_raw() == number) {
        Some((_, name, ending)) => (format!("killed by signal {number} ({name})"), ending),
        None => (format!("killed by signal {number}"), Ending::ByItself),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn statuses_have_words() {
        let words = |raw| describe(ExitStatus::from_raw(raw));
        assert_eq!(words(101 << 8), ("exit code 101".to_owned(), Ending::ByItself));
        assert_eq!(words(0), ("exit code 0".to_owned(), Ending::ByItself));
        assert_eq!(words(9), ("killed by signal 9 (SIGKILL)".to_owned(), Ending::FromOutside));
        assert_eq!(words(6 | 0x80), ("killed by signal 6 (SIGABRT)".to_owned(), Ending::ByItself));
        assert_eq!(words(40), ("killed by signal 40".to_owned(), Ending::ByItself));
    }
}

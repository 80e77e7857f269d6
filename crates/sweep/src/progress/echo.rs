//! The echo of control characters, which would break the lines that are drawn in place.

use std::io::{Stdin, stdin};

use rustix::{
    process::getpgrp,
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};

/// While it lives, the terminal does not write `^C` where Ctrl-C is pressed: behind a line that fills the terminal's width it
/// would begin another one, and the display would clear one line too few.
pub(super) struct NoControlEcho {
    terminal: Stdin,
    before: Termios,
}

impl NoControlEcho {
    /// If standard input is a terminal that can be told so.
    pub(super) fn begin() -> Option<Self> {
        let terminal = stdin();
        if !is_in_foreground(&terminal) {
            return None;
        }
        let before = tcgetattr(&terminal).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHOCTL);
        tcsetattr(&terminal, OptionalActions::Now, &quiet).ok()?;
        Some(Self { terminal, before })
    }
}

impl Drop for NoControlEcho {
    fn drop(&mut self) {
        // A terminal that is gone needs no repair.
        if is_in_foreground(&self.terminal) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }
}

/// Whether the terminal is this process's to command: the system stops one in the background that tries.
fn is_in_foreground(terminal: &Stdin) -> bool {
    tcgetpgrp(terminal) == Ok(getpgrp())
}

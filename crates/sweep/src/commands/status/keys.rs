//! The keyboard of `sweep status --watch`: `q` ends it, without Enter. It shows nothing.

use std::{
    io::{self, IsTerminal, Stdin},
    process, thread,
    time::{Duration, Instant},
};

use rustix::{
    process::getpgrp,
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use tokio::signal::unix::{SignalKind, signal};

/// Waits for the time between two looks, and for a key if someone can press one.
pub(super) struct Keyboard {
    pause: Duration,
    terminal: Option<Terminal>,
}

/// Settings of a terminal: as they were, and those that give each key at once.
struct Terminal {
    before: Termios,
    keys: Termios,
}

/// What ends the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Time for the next look.
    Over,
    /// Someone pressed `q`.
    Quit,
}

impl Keyboard {
    /// Waits `pause` each time, which is no more than 25 seconds.
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, terminal: Terminal::take(pause) }
    }

    /// Whether it hears keys.
    pub(super) fn is_heard(&self) -> bool {
        self.terminal.is_some()
    }

    pub(super) fn wait(&self) -> Wait {
        let begin = Instant::now();
        if let Some(terminal) = &self.terminal {
            // A shell that had the program stopped may have set the terminal otherwise.
            let mut pressed = [0; 16];
            let count = match set(&terminal.keys) {
                true => rustix::io::read(io::stdin(), &mut pressed).unwrap_or(0),
                false => 0,
            };
            if pressed[..count].iter().any(|key| matches!(key, b'q' | b'Q')) {
                return Wait::Quit;
            }
        }
        thread::sleep(self.pause.saturating_sub(begin.elapsed()));
        Wait::Over
    }
}

impl Terminal {
    /// `None` without a terminal, or if another program has its keyboard: to ask for keys would stop this one.
    fn take(pause: Duration) -> Option<Self> {
        let input = io::stdin();
        if !input.is_terminal() || !io::stdout().is_terminal() {
            return None;
        }
        if is_in_background(&input) {
            return None;
        }
        let before = tcgetattr(&input).ok()?;
        let mut keys = before.clone();
        keys.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        // A read gives what was pressed, or nothing after so many tenths of a second.
        keys.special_codes[SpecialCodeIndex::VMIN] = 0;
        keys.special_codes[SpecialCodeIndex::VTIME] = u8::try_from(pause.as_millis() / 100).ok()?;
        give_back_at_signals(before.clone())?;
        tcsetattr(&input, OptionalActions::Now, &keys).ok()?;
        Some(Self { before, keys })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        set(&self.before);
    }
}

/// Sets the terminal, unless this process is in the background: the system stops one there that tries.
fn set(settings: &Termios) -> bool {
    let input = io::stdin();
    !is_in_background(&input) && tcsetattr(&input, OptionalActions::Now, settings).is_ok()
}

/// Whether another program has the terminal's keyboard.
fn is_in_background(terminal: &Stdin) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group != getpgrp())
}

/// Ends the program at Ctrl-C and its relatives as before, and gives the terminal back first. `None` if signals cannot be caught.
fn give_back_at_signals(before: Termios) -> Option<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let inside = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt()).ok()?;
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    let mut hang_up = signal(SignalKind::hangup()).ok()?;
    drop(inside);
    thread::spawn(move || {
        let number = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => SignalKind::interrupt(),
                _ = terminate.recv() => SignalKind::terminate(),
                _ = hang_up.recv() => SignalKind::hangup(),
            }
            .as_raw_value()
        });
        set(&before);
        // As shells count a program that a signal ended.
        process::exit(128 + number);
    });
    Some(())
}

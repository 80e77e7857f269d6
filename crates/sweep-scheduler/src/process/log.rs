//! The log of a worker process: its standard error, passed on line by line, of which the end is kept. It does not
//! know why a worker ends.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{process::ChildStderr, task::JoinHandle, time};

use super::lines::{Lines, Next};
use crate::Slot;

/// A line of the log that is longer is split.
const LONGEST_LINE_BYTES: usize = 4096;
/// Lines that are kept.
const KEPT_LINES: usize = 40;
/// Lines that are quoted when a worker dies.
const QUOTED_LINES: usize = 6;

/// Follows a log until its end.
#[derive(Debug)]
pub(crate) struct WorkerLog {
    kept: Arc<Mutex<VecDeque<String>>>,
    follower: JoinHandle<()>,
}

impl WorkerLog {
    /// Begins to follow the log of the worker in `slot`.
    pub(crate) fn follow(stderr: ChildStderr, slot: Slot) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::with_capacity(KEPT_LINES)));
        let follower = tokio::spawn(follow(stderr, slot, Arc::clone(&kept)));
        Self { kept, follower }
    }

    /// The lines that say why the worker ended, once the log has ended or `patience` has. Another process may hold
    /// the log open.
    pub(crate) async fn last_words(mut self, patience: Duration) -> Vec<String> {
        if time::timeout(patience, &mut self.follower).await.is_err() {
            self.follower.abort();
        }
        last_words(self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().map(String::as_str))
    }
}

async fn follow(stderr: ChildStderr, slot: Slot, kept: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = Lines::new(stderr, LONGEST_LINE_BYTES);
    while let Ok(Next::Line(line) | Next::Cut(line) | Next::Rest(line)) = lines.next().await {
        let line = plain(&String::from_utf8_lossy(line));
        if line.is_empty() {
            continue;
        }
        if is_warning(&line) {
            tracing::warn!(%slot, "worker: {line}");
        } else {
            tracing::debug!(%slot, "worker: {line}");
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

/// The text without terminal colours, control characters and space at its ends.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // A control sequence (ECMA-48, 5.4): `ESC [`, parameters, and a final byte from `@` to `~`.
            if characters.next() == Some('[') {
                let _ = characters.find(|end| ('@'..='~').contains(end));
            }
        } else if character == '\t' {
            text.push(' ');
        } else if !character.is_control() {
            text.push(character);
        }
    }
    text.trim().to_owned()
}

/// Whether a line begins as warnings, errors and panics do: the level stands first, or after a time.
fn is_warning(line: &str) -> bool {
    begins_a_panic(line) || line.split_whitespace().take(2).any(|word| word == "WARN" || word == "ERROR")
}

fn begins_a_panic(line: &str) -> bool {
    line.starts_with("thread '") && line.contains("panicked at")
}

/// The last panic and its message, if there is one, and otherwise the last lines.
fn last_words<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("note: run with `RUST_BACKTRACE")).collect();
    let quoted = match lines.iter().rposition(|line| begins_a_panic(line)) {
        Some(panic) => lines[panic..].iter().take(QUOTED_LINES),
        None => lines[lines.len().saturating_sub(QUOTED_LINES)..].iter().take(QUOTED_LINES),
    };
    quoted.map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_control_characters_are_taken_out() {
        assert_eq!(
            plain("\u{1b}[2m2026\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m\tdisk \u{7}full\r"),
            "2026  WARN disk full"
        );
        assert_eq!(plain("\u{1b}[31"), "");
    }

    #[test]
    fn warnings_are_known_by_their_first_words() {
        for line in
            ["WARN disk", "2026-01-01T00:00:00Z ERROR disk", "thread 'main' (7) panicked at src/a.rs:1:2:"]
        {
            assert!(is_warning(line), "{line}");
        }
        for line in ["INFO the WARN level", "epoch 1 without ERROR", "warned"] {
            assert!(!is_warning(line), "{line}");
        }
    }

    #[test]
    fn a_panic_is_quoted_rather_than_the_last_lines() {
        let log = [
            "INFO epoch 1",
            "thread 'main' (7) panicked at src/a.rs:1:2:",
            "index out of bounds",
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        ];
        assert_eq!(last_words(log.into_iter()), log[1..3]);
        let numbered: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(last_words(numbered.iter().map(String::as_str)), numbered[14..]);
        assert_eq!(last_words([].into_iter()), [] as [&str; 0]);
    }
}

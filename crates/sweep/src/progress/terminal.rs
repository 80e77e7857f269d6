//! The terminal that progress is drawn on, which may change its width at any time.

use std::{
    fmt::Write as _,
    io::{self, Write as _, stderr},
    sync::{Mutex, PoisonError},
};

use indicatif::TermLike;
use terminal_size::{Height, Width, terminal_size_of};

/// Columns of a terminal that does not say.
const USUAL_WIDTH: u16 = 80;
/// Rows of a terminal that does not say.
const USUAL_HEIGHT: u16 = 24;

/// The columns of the terminal now.
pub(super) fn width() -> usize {
    usize::from(size().0)
}

fn size() -> (u16, u16) {
    match terminal_size_of(stderr()) {
        Some((Width(width), Height(height))) if width > 0 => (width, height),
        _ => (USUAL_WIDTH, USUAL_HEIGHT),
    }
}

/// Standard error as a terminal. When its width changes, terminals break and join the lines that are drawn; the next drawing
/// then begins where the old one does now.
#[derive(Debug, Default)]
pub(super) struct Terminal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What is drawn at the next flush.
    text: String,
    /// The width at the last flush, if lines were drawn.
    drawn_at: Option<u16>,
    /// Whether lines were drawn since.
    has_lines: bool,
}

impl State {
    /// Clears the lines that are drawn, of which the cursor is on the last one, and goes to where they would begin if the width
    /// had not changed.
    fn clear_displaced(&mut self, lines: usize, before: u16, now: u16) {
        let rows = (lines * usize::from(before)).div_ceil(usize::from(now));
        let _ = write!(self.text, "\r{}\u{1b}[J{}", up(rows - 1), "\n".repeat(lines - 1));
    }
}

/// The sequence that moves the cursor up; a 0 would mean 1.
fn up(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\u{1b}[{rows}A") }
}

impl Terminal {
    fn add(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).text.push_str(text);
        Ok(())
    }

    fn move_cursor(&self, by: usize, to: char) -> io::Result<()> {
        if by == 0 { Ok(()) } else { self.add(&format!("\u{1b}[{by}{to}")) }
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        size().0
    }

    fn height(&self) -> u16 {
        size().1
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = size().0;
        // The first move of a drawing goes from the last line that is drawn to the first one.
        if let Some(before) = state.drawn_at.take().filter(|before| *before != now) {
            state.clear_displaced(n + 1, before, now);
        }
        state.text.push_str(&up(n));
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.add(s)?;
        self.add("\n")
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_lines |= !s.trim().is_empty();
        state.text.push_str(s);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.drawn_at = state.has_lines.then(|| size().0);
        state.has_lines = false;
        let text = std::mem::take(&mut state.text);
        let mut terminal = stderr().lock();
        // A terminal that is gone is no reason to stop: who draws would panic.
        let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleared(lines: usize, before: u16, now: u16) -> String {
        let mut state = State::default();
        state.clear_displaced(lines, before, now);
        state.text
    }

    #[test]
    fn lines_that_were_broken_or_joined_are_cleared_whole() {
        // Two lines of 100 columns take four rows of 60.
        assert_eq!(cleared(2, 100, 60), "\r\u{1b}[3A\u{1b}[J\n");
        // Three lines of 50 columns take two rows of 100.
        assert_eq!(cleared(3, 50, 100), "\r\u{1b}[1A\u{1b}[J\n\n");
        assert_eq!(cleared(1, 80, 100), "\r\u{1b}[J");
    }
}

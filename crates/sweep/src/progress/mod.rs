//! What a running sweep shows: a line a running job and one for the sweep on a terminal, plain lines elsewhere.
//!
//! It is told only what the store has recorded.

mod bars;
mod board;
mod lines;
mod text;

use std::io::{IsTerminal, stderr};

use sweep_job::BundleOrder;
use sweep_scheduler::Happening;

use self::{bars::Bars, board::Board, lines::Lines};

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// It is.
    Normal,
    /// Only failures are told.
    Quiet,
}

/// The progress display of one `sweep run`.
pub(crate) struct Progress {
    board: Board,
    screen: Screen,
}

enum Screen {
    Bars(Bars),
    Lines(Lines),
}

impl Progress {
    /// A display for `orders` on `workers` slots; every epoch trains `train_trials` trials.
    pub(crate) fn new(
        orders: &[BundleOrder],
        workers: usize,
        train_trials: usize,
        verbosity: Verbosity,
    ) -> Self {
        let board = Board::new(orders, workers, train_trials);
        let screen = match verbosity {
            Verbosity::Normal if stderr().is_terminal() => Screen::Bars(Bars::new(&board)),
            _ => Screen::Lines(Lines::new(verbosity)),
        };
        Self { board, screen }
    }

    /// Shows what happened.
    pub(crate) fn show(&mut self, happening: &Happening<'_>) {
        let ending = match happening {
            Happening::Job { job, event, .. } => {
                self.board.spec(*job).and_then(|spec| text::ending(*job, spec, event))
            }
            _ => None,
        };
        self.board.apply(happening);
        match &mut self.screen {
            Screen::Bars(bars) => bars.show(&self.board, happening, ending.as_deref()),
            Screen::Lines(lines) => lines.show(&self.board, happening, ending.as_deref()),
        }
    }

    /// Takes the live lines off the screen.
    pub(crate) fn close(&self) {
        if let Screen::Bars(bars) = &self.screen {
            bars.clear();
        }
    }
}

//! What a running sweep shows: a line a worker and one for the sweep on a terminal, plain lines elsewhere.
//!
//! It is told only what the store has recorded.

mod bars;
mod board;
mod echo;
mod labels;
mod lines;
mod terminal;
mod text;

use indicatif::{MultiProgress, ProgressDrawTarget};
use sweep_job::{JobId, PlannedJob, Training};
use sweep_scheduler::RunEvent;

use self::{bars::Bars, board::Board, lines::Lines};
use crate::output::tell;

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

/// Shows sentences above the live lines, if there are any.
pub(crate) struct Announcer(Option<MultiProgress>);

impl Announcer {
    /// Shows a sentence.
    pub(crate) fn say(&self, sentence: &str) {
        match &self.0 {
            // An error here means that the terminal is gone; the sweep goes on without it.
            Some(screen) => drop(screen.println(sentence)),
            None => tell(sentence),
        }
    }

    /// Takes the live lines off the screen while `during` runs.
    pub(crate) fn suspend(&self, during: impl FnOnce()) {
        match &self.0 {
            Some(screen) => screen.suspend(during),
            None => during(),
        }
    }
}

enum Screen {
    Bars(Bars),
    Lines(Lines),
}

impl Progress {
    /// A display for `trainings` on `workers` slots; every epoch trains `train_trials` trials.
    pub(crate) fn new(
        trainings: &[Training],
        workers: usize,
        train_trials: usize,
        verbosity: Verbosity,
    ) -> Self {
        let board = Board::new(trainings, workers, train_trials);
        let screen = match verbosity {
            Verbosity::Normal if !ProgressDrawTarget::stderr().is_hidden() => Screen::Bars(Bars::new(&board)),
            _ => Screen::Lines(Lines::new(verbosity)),
        };
        Self { board, screen }
    }

    /// Shows what happened.
    pub(crate) fn show(&mut self, run_event: &RunEvent<'_>) {
        let ending = match run_event {
            RunEvent::Job { job, event, .. } => {
                self.board.label(*job).and_then(|label| text::ending(*job, &label, event))
            }
            _ => None,
        };
        self.board.apply(run_event);
        match &mut self.screen {
            Screen::Bars(bars) => bars.show(&self.board, run_event, ending.as_deref()),
            Screen::Lines(lines) => lines.show(&self.board, run_event, ending.as_deref()),
        }
    }

    /// A training of `jobs` is left to another run, or was.
    pub(crate) fn leave(&mut self, jobs: &[PlannedJob]) {
        self.board.leave(jobs);
    }

    /// A training of `jobs` is to be done here, once more perhaps.
    pub(crate) fn expect(&mut self, jobs: &[PlannedJob]) {
        self.board.expect(jobs);
    }

    /// Another run ended the job.
    pub(crate) fn ended_elsewhere(&mut self, job: JobId) {
        self.board.ended_elsewhere(job);
    }

    /// Something that speaks between the lines while the display is borrowed.
    pub(crate) fn announcer(&self) -> Announcer {
        match &self.screen {
            Screen::Bars(bars) => Announcer(Some(bars.screen())),
            Screen::Lines(_) => Announcer(None),
        }
    }

    /// Takes the live lines off the screen.
    pub(crate) fn close(&self) {
        if let Screen::Bars(bars) = &self.screen {
            bars.clear();
        }
    }
}

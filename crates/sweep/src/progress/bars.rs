//! The display on a terminal.

use std::{collections::BTreeMap, thread, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sweep_report::figures::Blocks;
use sweep_scheduler::{RunEvent, Slot};

use super::{
    board::Board,
    echo::NoControlEcho,
    terminal::{Terminal, width},
    text,
};
use crate::output::blocks;

/// Characters before the text of a line: a bar and a space.
const BAR_WIDTH: usize = 9;
/// Characters of a line that a label leaves for the id, the epochs and the test accuracy.
const BESIDE_LABEL: usize = 13 + 12 + 16;

/// A line a worker and one for the sweep.
pub(super) struct Bars {
    screen: MultiProgress,
    sweep: ProgressBar,
    slots: BTreeMap<Slot, ProgressBar>,
    blocks: Blocks,
    _echo: Option<NoControlEcho>,
}

impl Bars {
    pub(super) fn new(board: &Board) -> Self {
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(Terminal::default()), 20);
        let screen = MultiProgress::with_draw_target(target);
        let sweep = screen.add(ProgressBar::new(board.epochs).with_style(style("{bar:8} {wide_msg}")));
        // The library panics if the system allows it no thread.
        if thread::Builder::new().spawn(|| ()).is_ok() {
            sweep.enable_steady_tick(Duration::from_secs(1));
        }
        Self { screen, sweep, slots: BTreeMap::new(), blocks: blocks(), _echo: NoControlEcho::begin() }
    }

    pub(super) fn show(&mut self, board: &Board, run_event: &RunEvent<'_>, ending: Option<&str>) {
        if let RunEvent::BundleHandedOut { slot, .. } | RunEvent::Job { slot, .. } = run_event {
            self.draw(board, *slot);
        }
        if let Some(line) = ending {
            self.say(line);
        }
    }

    fn draw(&mut self, board: &Board, slot: Slot) {
        let room = width().saturating_sub(BAR_WIDTH);
        match board.slots.get(&slot) {
            Some(trainings) => {
                let bar = self.slots.entry(slot).or_insert_with(|| {
                    let bar = ProgressBar::new(0).with_style(style("{bar:8} {wide_msg}"));
                    self.screen.insert_before(&self.sweep, bar)
                });
                let label_width = board.labels.width.min(room.saturating_sub(BESIDE_LABEL));
                let parts = text::trainings(board, trainings, label_width, Some(self.blocks));
                let (done, all) = text::epochs(trainings);
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message(text::fitting(&parts, "  ", room));
            }
            None => {
                if let Some(bar) = self.slots.remove(&slot) {
                    bar.finish_and_clear();
                }
            }
        }
        self.sweep.set_length(board.epochs);
        self.sweep.set_position(board.epochs_done);
        self.sweep.set_message(text::fitting(&text::sweep_and_best(board), ", ", room));
    }

    pub(super) fn say(&self, sentence: &str) {
        // An error here means that the terminal is gone; the sweep goes on without it.
        let _ = self.screen.println(sentence);
    }

    /// Another hold on the same screen.
    pub(super) fn screen(&self) -> MultiProgress {
        self.screen.clone()
    }

    pub(super) fn clear(&self) {
        self.slots.values().chain([&self.sweep]).for_each(ProgressBar::finish_and_clear);
        let _ = self.screen.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ")
}

//! Parallel coordinates: every job as a line through its settings, coloured by its accuracy. It knows no jobs of a database.

mod coordinate;
mod lines;

use self::{
    coordinate::Coordinate,
    lines::{chosen, drawn_lines},
};
use super::{
    Level, Style,
    accuracy::{ACCURACY_LABEL, axis_range, percent_of},
    font::{self, Weight},
    frame::{Frame, MARGIN, Plot, TICK_SIZE, widest},
    ink::{Ink, SCALE_STEPS},
    scale::Scale,
    scene::{Anchor, Node, Paint, Scene, Text},
};
use crate::words::counted;

/// Jobs as lines through their settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// Above the figure.
    pub title: String,
    /// The names of the axes, from the left.
    pub axes: Vec<String>,
    /// The jobs; at most 2000 are drawn, the best among them.
    pub jobs: Vec<ParallelJob>,
    /// Sentences for the caption.
    pub notes: Vec<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct ParallelJob {
    /// What a page shows for its line, such as its id.
    pub name: String,
    /// One an axis; `None` where the job has no such setting.
    pub levels: Vec<Option<Level>>,
    /// The share of trials that are classified rightly, 0 to 1.
    pub accuracy: f64,
}

/// A job whose accuracy is a number.
#[derive(Debug, Clone, Copy)]
struct SoundJob<'a> {
    job: &'a ParallelJob,
    percent: f64,
}

const BAR_WIDTH: f64 = 12.0;
const NAME_ROW: f64 = 17.0;

impl Parallel {
    pub(crate) fn draw(&self, style: &Style) -> Scene {
        let mut frame = Frame::new(style, &self.title, None);
        let mut jobs: Vec<SoundJob<'_>> = self
            .jobs
            .iter()
            .filter_map(|job| Some(SoundJob { job, percent: percent_of(job.accuracy)? }))
            .collect();
        jobs.sort_by(|one, other| one.percent.total_cmp(&other.percent));
        let drawn = chosen(&jobs);
        let notes = frame.notes(self.sentences(&jobs, drawn.len()));
        let (low, high) = axis_range(drawn.iter().map(|job| job.percent));
        let percents = Scale::linear(low, high, (0.0, 1.0));

        let name_rows = self.name_rows(frame.inner_width());
        let top = frame.bottom + name_rows as f64 * NAME_ROW + 8.0;
        let height = (style.bounded_height() - top - 8.0 - notes.height()).max(180.0).round();
        let ticks = percents.ticks((height / 45.0).round() as usize);
        let label = font::width(ACCURACY_LABEL, TICK_SIZE, Weight::SemiBold) / 2.0;
        let right = MARGIN + (BAR_WIDTH + 7.0 + widest(&ticks)).max(label);
        let left = MARGIN + 8.0;
        let plot = Plot { left, top, width: frame.width - left - right, height };
        let y = Scale { pixels: (plot.bottom(), plot.top), ..percents };

        let coordinates: Vec<Coordinate> = (0..self.axes.len())
            .map(|axis| {
                Coordinate::new(axis, plot.left + axis as f64 * self.spacing(plot.width), &plot, &drawn)
            })
            .collect();
        let mut nodes = drawn_lines(&drawn, &coordinates, &y, plot.right());
        nodes.extend(coordinates.iter().flat_map(|coordinate| coordinate.draw(self.spacing(plot.width))));
        frame.nodes.extend(self.names(&plot, frame.bottom, name_rows));
        frame.nodes.push(Node::Group { data: plot.data(None, Some(&y)), paint: Paint::default(), nodes });
        frame.nodes.extend(colour_bar(&plot, &y, &ticks));
        frame.bottom = plot.bottom() + 8.0;
        frame.finish(notes, self.description(&jobs))
    }

    /// The pixels between two axes.
    fn spacing(&self, width: f64) -> f64 {
        width / self.axes.len().max(1) as f64
    }

    /// Two rows where names would touch in one.
    fn name_rows(&self, room: f64) -> usize {
        let widths = self.axes.iter().map(|name| font::width(name, TICK_SIZE, Weight::SemiBold));
        let widest = widths.fold(0.0, f64::max);
        if widest + 10.0 > self.spacing(room - 60.0) { 2 } else { 1 }
    }

    /// The names of the axes and of the accuracy; in two rows, they take turns.
    fn names(&self, plot: &Plot, top: f64, rows: usize) -> Vec<Node> {
        let spacing = self.spacing(plot.width);
        let room = rows as f64 * spacing - 10.0;
        let accuracy = [ACCURACY_LABEL.to_owned()];
        let mut nodes = Vec::new();
        for (index, name) in self.axes.iter().chain(&accuracy).enumerate() {
            let x = if index == self.axes.len() { plot.right() } else { plot.left + index as f64 * spacing };
            let y = top + (index % rows) as f64 * NAME_ROW + 12.0;
            let is_last = index == self.axes.len();
            let text = Text::new(x, y, TICK_SIZE, name).semi_bold();
            let half = |name: &str| (font::width(name, TICK_SIZE, Weight::SemiBold) / 2.0).min(room / 2.0);
            // A name that would begin left of the margin begins there.
            nodes.push(Node::Text(if is_last {
                text.anchor(Anchor::Middle)
            } else if x - half(name) < MARGIN {
                let next = self.axes.get(index + rows).map_or(room / 2.0, |next| half(next));
                Text { x: MARGIN, ..text.within(room + x - MARGIN - next) }
            } else {
                text.within(room).anchor(Anchor::Middle)
            }));
        }
        nodes
    }

    /// The caption.
    fn sentences(&self, jobs: &[SoundJob<'_>], drawn: usize) -> Vec<String> {
        let mut sentences = Vec::new();
        if jobs.is_empty() {
            sentences.push("No job has an accuracy.".to_owned());
        } else if drawn < jobs.len() {
            sentences.push(format!(
                "{drawn} of {} are drawn: the best {}, and evenly many of the others by accuracy.",
                counted(jobs.len(), "job"),
                lines::BEST
            ));
        } else {
            sentences.push(format!("{}, the best on top.", counted(drawn, "job")));
        }
        if drawn > 1 {
            sentences.push("Lines at the same value are spread a little, better ones higher.".to_owned());
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }

    fn description(&self, jobs: &[SoundJob<'_>]) -> String {
        let Some(best) = jobs.last() else { return "No job has an accuracy.".to_owned() };
        let text = |level: &Option<Level>| level.as_ref().map_or("none".to_owned(), Level::text);
        let settings =
            self.axes.iter().zip(&best.job.levels).map(|(axis, level)| format!("{axis} {}", text(level)));
        let settings: Vec<String> = settings.take(20).collect();
        format!(
            "{} as lines through their settings. The best reached {:.2} % with {}.",
            counted(jobs.len(), "job"),
            best.percent,
            settings.join(", ")
        )
    }
}

/// The step of the colours for a percent.
fn step_of(percent: f64, y: &Scale) -> usize {
    let unit = Scale { pixels: (0.0, SCALE_STEPS as f64), ..*y };
    (unit.at(percent).floor() as usize).min(SCALE_STEPS - 1)
}

/// The axis of accuracies, which shows the colours at once.
fn colour_bar(plot: &Plot, y: &Scale, ticks: &[(f64, String)]) -> Vec<Node> {
    let step_height = plot.height / SCALE_STEPS as f64;
    let step = |step: usize| Node::Rectangle {
        x: plot.right(),
        y: plot.bottom() - (step + 1) as f64 * step_height,
        width: BAR_WIDTH,
        // A little more, so that no gap shows between steps.
        height: step_height + if step == 0 { 0.0 } else { 0.4 },
        corner: 0.0,
        paint: Paint::fill(Ink::Scale(step)),
    };
    let mut nodes: Vec<Node> = (0..SCALE_STEPS).map(step).collect();
    for (value, text) in ticks {
        let text = Text::centred_on(plot.right() + BAR_WIDTH + 6.0, y.at(*value), TICK_SIZE, text);
        nodes.push(Node::Text(text.ink(Ink::Muted)));
    }
    nodes
}

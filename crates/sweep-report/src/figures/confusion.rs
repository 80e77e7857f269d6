//! Which class is taken for which, as a heat map. It knows no networks.

use super::{
    Style,
    accuracy::percent_text,
    font::{self, Weight},
    frame::{Frame, LABEL_SIZE, MARGIN, Plot, TICK_SIZE},
    ink::{HEAT_STEPS, Ink},
    scene::{Anchor, Node, Paint, Scene, Text},
};

/// Trials by their true and their predicted class.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    /// Above the figure.
    pub title: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// `[true class, predicted class]`, numbers of trials; what is missing counts as 0, what has no class is left out.
    pub counts: Vec<Vec<u64>>,
    /// Sentences for the caption.
    pub notes: Vec<String>,
}

const LARGEST_CELL: f64 = 92.0;
/// Below this, cells hold percents alone.
const TWO_LINES: f64 = 40.0;
const SMALLEST_TEXT: f64 = 8.0;
const SIDE_LABEL: f64 = 22.0;
/// Names longer than their cell are turned by this.
const TURN: f64 = -40.0;

/// With more, the cells of a narrow figure would be smaller than 3 pixels.
const MOST_CLASSES: usize = 50;

/// How the matrix is laid out.
struct Layout {
    figure_width: f64,
    plot: Plot,
    cell: f64,
    /// The room for names of true classes.
    name_width: f64,
    /// Names of predicted classes, and the height they take.
    is_turned: bool,
    foot: f64,
    /// The size of the percents' text; `None` if they do not fit.
    text_size: Option<f64>,
}

impl Confusion {
    pub(crate) fn draw(&self, style: &Style) -> Scene {
        let mut layout = Layout::new(self.shown(), style);
        let width = layout.figure_width;
        let mut frame = Frame::new(&Style { width, ..*style }, &self.title, Some(&self.summary()));
        if self.classes.is_empty() {
            let notes = frame.notes(self.notes.iter().cloned());
            return frame.finish(notes, self.description());
        }
        layout.plot.top = frame.bottom;
        frame.nodes.extend(self.names(&layout));
        frame.nodes.extend(self.cells(&layout));
        frame.bottom = layout.plot.bottom() + layout.foot + 18.0;
        let notes = frame.notes(self.sentences(&layout));
        frame.finish(notes, self.description())
    }

    /// The classes that are drawn.
    fn shown(&self) -> &[String] {
        &self.classes[..self.classes.len().min(MOST_CLASSES)]
    }

    fn count(&self, row: usize, column: usize) -> u64 {
        self.counts.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
    }

    /// The trials of a true class, as a number to divide by.
    fn total(&self, row: usize) -> f64 {
        (0..self.classes.len()).map(|column| self.count(row, column) as f64).sum()
    }

    fn summary(&self) -> String {
        let classes = 0..self.classes.len();
        let right: f64 = classes.clone().map(|class| self.count(class, class) as f64).sum();
        let all: f64 = classes.map(|row| self.total(row)).sum();
        if all == 0.0 {
            return "No trials.".to_owned();
        }
        format!("Accuracy {:.2} %: {right} of {all} trials.", 100.0 * right / all)
    }

    fn names(&self, layout: &Layout) -> Vec<Node> {
        let Layout { plot, cell, name_width, .. } = *layout;
        let middle = |place: usize| (place as f64 + 0.5) * cell;
        let mut nodes = Vec::new();
        for (place, class) in self.shown().iter().enumerate() {
            if cell < 11.0 && place % (11.0 / cell).ceil() as usize != 0 {
                continue;
            }
            let row = Text::centred_on(plot.left - 8.0, plot.top + middle(place), TICK_SIZE, class);
            nodes.push(Node::Text(row.anchor(Anchor::End).within(name_width)));
            let x = plot.left + middle(place);
            let column = if layout.is_turned {
                let text = Text::new(x + 3.0, plot.bottom() + 14.0, TICK_SIZE, class).within(name_width);
                text.anchor(Anchor::End).turned(TURN)
            } else {
                Text::new(x, plot.bottom() + 16.0, TICK_SIZE, class).anchor(Anchor::Middle)
            };
            nodes.push(Node::Text(column));
        }
        let (x, y) = (plot.left + plot.width / 2.0, plot.top + plot.height / 2.0);
        let below = Text::new(x, plot.bottom() + layout.foot + 14.0, LABEL_SIZE, "Predicted class");
        let beside = Text::new(MARGIN + 10.0, y, LABEL_SIZE, "True class").turned(-90.0);
        nodes.extend([below, beside].map(|text| Node::Text(text.anchor(Anchor::Middle))));
        nodes
    }

    fn cells(&self, layout: &Layout) -> Vec<Node> {
        let Layout { plot, cell, .. } = *layout;
        let mut nodes = Vec::new();
        for row in 0..self.shown().len() {
            let total = self.total(row);
            for column in 0..self.shown().len() {
                let count = self.count(row, column);
                let share = if total > 0.0 { count as f64 / total } else { 0.0 };
                let step = (share * (HEAT_STEPS - 1) as f64).round() as usize;
                let (x, y) = (plot.left + column as f64 * cell, plot.top + row as f64 * cell);
                let gap = if cell > 12.0 { 1.0 } else { 0.0 };
                let mut drawn = vec![Node::Rectangle {
                    x: x + gap,
                    y: y + gap,
                    width: cell - 2.0 * gap,
                    height: cell - 2.0 * gap,
                    corner: 2.0 * gap,
                    paint: Paint::fill(Ink::Heat(step)),
                }];
                let centre = (x + cell / 2.0, y + cell / 2.0);
                drawn.extend(cell_text(layout, centre, count, (total > 0.0).then_some(share), step));
                let name = format!("{} as {}: {count}", self.classes[row], self.classes[column]);
                nodes.push(Node::Group { data: vec![("name", name)], paint: Paint::default(), nodes: drawn });
            }
        }
        nodes
    }

    /// The caption.
    fn sentences(&self, layout: &Layout) -> Vec<String> {
        let cells = match layout.text_size {
            None => {
                "Colours: the share of a true class that is predicted as each; the cells are too small for numbers."
            }
            Some(_) if layout.cell < TWO_LINES => "Cells: percent of the trials of the true class.",
            Some(_) => "Cells: percent of the trials of the true class, and their number.",
        };
        let mut sentences = vec![cells.to_owned()];
        if self.classes.len() > MOST_CLASSES {
            sentences.push(format!("The first {MOST_CLASSES} of {} classes are drawn.", self.classes.len()));
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }

    /// The numbers of the figure in words.
    fn description(&self) -> String {
        let mut sentences = vec![format!("{} {} classes.", self.summary(), self.classes.len())];
        for (row, class) in self.classes.iter().enumerate().take(20) {
            let (total, right) = (self.total(row), self.count(row, row));
            let wrong =
                (0..self.classes.len()).filter(|column| *column != row && self.count(row, *column) > 0);
            let most = wrong.max_by_key(|column| (self.count(row, *column), usize::MAX - column));
            let taken = most.map(|column| format!(", most often taken for {}", self.classes[column]));
            sentences.push(format!("{class}: {right} of {total} correct{}.", taken.unwrap_or_default()));
        }
        sentences.join(" ")
    }
}

impl Layout {
    fn new(classes: &[String], style: &Style) -> Self {
        let inner = style.bounded_width() - 2.0 * MARGIN;
        let name = |class: &String| font::width(class, TICK_SIZE, Weight::Regular);
        let longest = classes.iter().map(name).fold(0.0, f64::max);
        let name_width = longest.min(0.25 * inner);
        let left = MARGIN + SIDE_LABEL + name_width + 8.0;
        let room = inner + MARGIN - left;
        let cell = (room / classes.len().max(1) as f64).min(LARGEST_CELL).floor();
        let side = cell * classes.len() as f64;
        let figure_width = (left + side + MARGIN).max(420.0).min(style.bounded_width()).ceil();
        let is_turned = longest > cell - 4.0;
        // `88.8 %` is 4 em wide with all allowances, `88` 1.4 em; larger numbers are fitted.
        let fitting = (cell - 4.0) / if cell >= TWO_LINES { 4.0 } else { 1.4 };
        Self {
            figure_width,
            plot: Plot { left, top: 0.0, width: side, height: side },
            cell,
            name_width,
            is_turned,
            foot: if is_turned { 16.0 + 0.65 * name_width } else { 22.0 },
            text_size: Some(fitting.min(0.6 * cell).min(13.0)).filter(|size| *size >= SMALLEST_TEXT),
        }
    }
}

/// The percent, and the number where there is room for it.
fn cell_text(layout: &Layout, (x, y): (f64, f64), count: u64, share: Option<f64>, step: usize) -> Vec<Node> {
    let Some(size) = layout.text_size else { return Vec::new() };
    let ink = Ink::HeatText(step);
    let has_two_lines = layout.cell >= TWO_LINES;
    let text = match share {
        None => "–".to_owned(),
        Some(share) if has_two_lines => format!("{} %", percent_text(100.0 * share)),
        Some(share) => format!("{:.0}", 100.0 * share),
    };
    let room = layout.cell - 3.0;
    let fitting = |text: &str, size: f64| size.min(size * room / font::width(text, size, Weight::Regular));
    let text_at = |y: f64, size: f64, text: String| {
        let size = fitting(&text, size);
        (size >= SMALLEST_TEXT - 1.0)
            .then(|| Node::Text(Text::centred_on(x, y, size, text).anchor(Anchor::Middle).ink(ink)))
    };
    if !has_two_lines {
        return text_at(y, size, text).into_iter().collect();
    }
    let gap = 0.62 * size;
    let count = text_at(y + gap + 1.0, 0.85 * size, count.to_string());
    text_at(y - gap, size, text).into_iter().chain(count).collect()
}

//! The curves of a comparison: accuracy per epoch, several settings in one plot. It knows no jobs.

mod legend;
mod line;
mod look;

pub(crate) use self::look::{Shape, marker_shapes};
use self::{
    legend::Legend,
    line::DrawnLine,
    look::{Look, looks},
};
use super::{
    Smoothing, Style,
    accuracy::{ACCURACY_LABEL, axis_range},
    frame::{Frame, LABEL_SIZE, MARGIN, Plot, widest},
    ink::Ink,
    scale::{Scale, scientific},
    scene::{Anchor, Node, Paint, Scene, Text},
};
use crate::words::{counted, percent_at};

/// Accuracy per epoch of several settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// Such as `Activation function comparison (EEGNet)`.
    pub title: String,
    /// The lines; those of one setting share a colour.
    pub series: Vec<Series>,
    /// How the lines are smoothed, over thin pale ones that are not.
    pub smoothing: Smoothing,
    /// Sentences for the caption.
    pub notes: Vec<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What tells it apart from others in the figure: `ReLU`, `learning_rate 0.001`.
    pub setting: String,
    /// On which part of the trials.
    pub part: Part,
    /// The accuracies in any order; those that are no numbers are left out.
    pub points: Vec<EpochAccuracy>,
    /// How the jobs behind the line spread.
    pub band: Option<Band>,
    /// Which epoch gets a ring.
    pub mark: Mark,
}

/// A part of the trials. Lines on the training set are dashed, those on the validation set dotted, those on the test set solid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What the network is trained on.
    Train,
    /// What the epoch is selected with.
    Validation,
    /// What the number of the experiment comes from.
    Test,
}

/// The accuracy after an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochAccuracy {
    /// Of the training, from 1.
    pub epoch: u32,
    /// The share of trials that are classified rightly, 0 to 1.
    pub accuracy: f64,
}

/// How several jobs spread around a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// For the caption: `lowest to highest of 5 jobs`.
    pub meaning: String,
    /// The lower and the upper end.
    pub points: Vec<BandPoint>,
}

/// The spread at an epoch, in shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandPoint {
    /// Of the training, from 1.
    pub epoch: u32,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Which epoch of a line gets a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// None.
    None,
    /// The first of those with the highest accuracy.
    Best,
    /// The one that was selected, by a validation set for instance.
    Selected(u32),
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl Curves {
    pub(crate) fn draw(&self, style: &Style) -> Scene {
        let mut frame = Frame::new(style, &self.title, None);
        let looks = looks(&self.series);
        let lines: Vec<DrawnLine> = self
            .series
            .iter()
            .zip(&looks)
            .map(|(series, look)| DrawnLine::new(series, *look, self.smoothing))
            .collect();
        let legend = Legend::new(&lines, frame.inner_width());
        let notes = frame.notes(self.sentences());

        let (low, high) = axis_range(lines.iter().flat_map(DrawnLine::percents));
        let percent_ticks = Scale::linear(low, high, (0.0, 1.0));
        let below = 42.0 + legend.height() + notes.height();
        let height =
            (style.bounded_height() - frame.bottom - below).max(0.55 * style.bounded_height()).round();
        let ticks = percent_ticks.ticks((height / 45.0).round() as usize);
        let left = (MARGIN + 20.0 + widest(&ticks) + 7.0).ceil();
        let plot = Plot { left, top: frame.bottom, width: frame.width - left - MARGIN, height };
        let y = Scale { pixels: (plot.bottom(), plot.top), ..percent_ticks };
        let (first, last) = epoch_range(&lines);
        let x = Scale::linear(first, last, (plot.left, plot.right()));

        frame.nodes.extend(self.plot(&plot, &x, &y, &ticks, &lines));
        frame.bottom = plot.bottom() + 42.0;
        frame.nodes.extend(legend.draw(frame.bottom));
        frame.bottom += legend.height();
        frame.finish(notes, describe(&lines))
    }

    /// Everything between the title and the legend.
    fn plot(
        &self,
        plot: &Plot,
        x: &Scale,
        y: &Scale,
        ticks: &[(f64, String)],
        lines: &[DrawnLine],
    ) -> Vec<Node> {
        let mut nodes = plot.ruled(y, ticks);
        nodes.extend(plot.floor(x, &epoch_ticks(x, plot.width, lines)));
        let middle = (plot.left + plot.width / 2.0, plot.top + plot.height / 2.0);
        let label = Text::new(middle.0, plot.bottom() + 35.0, LABEL_SIZE, "Epoch").anchor(Anchor::Middle);
        nodes.push(Node::Text(label));
        let label = Text::new(MARGIN + 10.0, middle.1, LABEL_SIZE, ACCURACY_LABEL);
        nodes.push(Node::Text(label.anchor(Anchor::Middle).turned(-90.0)));
        if lines.iter().all(DrawnLine::is_empty) {
            let text = Text::centred_on(middle.0, middle.1, LABEL_SIZE, "No epoch is recorded.");
            nodes.push(Node::Text(text.anchor(Anchor::Middle).ink(Ink::Muted)));
        }
        let mut drawn = Vec::new();
        drawn.extend(lines.iter().filter_map(|line| line.band(x, y, lines.len())));
        drawn.extend(lines.iter().filter_map(|line| line.pale(x, y, lines.len())));
        for part in [Part::Train, Part::Validation, Part::Test] {
            let of_part = lines.iter().filter(|line| line.part == part);
            drawn.extend(of_part.filter_map(|line| line.strong(x, y, lines.len())));
        }
        drawn.extend(lines.iter().flat_map(|line| line.markers(x, y)));
        drawn.extend(lines.iter().filter_map(|line| line.ring(x, y)));
        nodes.push(Node::Group { data: plot.data(Some(x), Some(y)), paint: Paint::default(), nodes: drawn });
        nodes
    }

    /// The caption.
    fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.series.iter().any(|series| !series.points.is_empty()) {
            sentences.push("The number after @ is the epoch.".to_owned());
        }
        sentences.extend(self.smoothing.sentence());
        let mut meanings: Vec<&str> = Vec::new();
        for band in self.series.iter().filter_map(|series| series.band.as_ref()) {
            if !meanings.contains(&band.meaning.as_str()) {
                meanings.push(&band.meaning);
            }
        }
        if !meanings.is_empty() {
            sentences.push(format!("Bands: {}.", meanings.join("; ")));
        }
        let has = |wanted: fn(&Mark) -> bool| self.series.iter().any(|series| wanted(&series.mark));
        match (has(|mark| *mark == Mark::Best), has(|mark| matches!(mark, Mark::Selected(_)))) {
            (false, false) => {}
            (true, false) => sentences.push("Rings: the best epoch of a line.".to_owned()),
            (false, true) => sentences.push("Rings: the selected epoch.".to_owned()),
            (true, true) => sentences.push("Rings: the best or the selected epoch of a line.".to_owned()),
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }
}

/// The ends of the axis of epochs: from 0 where the first epoch is next to it.
fn epoch_range(lines: &[DrawnLine]) -> (f64, f64) {
    let epochs = || lines.iter().flat_map(DrawnLine::epochs);
    let (Some(first), Some(last)) = (epochs().min(), epochs().max()) else { return (0.0, 1.0) };
    let (first, last) = (f64::from(first), f64::from(last));
    if first == last {
        (first - 1.0, last + 1.0)
    } else if first <= 0.05 * last {
        (0.0, last)
    } else {
        (first, last)
    }
}

/// Whole epochs; the one that there is where there is but one.
fn epoch_ticks(x: &Scale, width: f64, lines: &[DrawnLine]) -> Vec<(f64, String)> {
    let epochs = || lines.iter().flat_map(DrawnLine::epochs);
    let ticks: Vec<f64> = match (epochs().min(), epochs().max()) {
        (Some(first), Some(last)) if first == last => vec![f64::from(first)],
        _ => x.ticks((width / 80.0).round() as usize).into_iter().map(|(epoch, _)| epoch).collect(),
    };
    let whole = ticks.into_iter().filter(|epoch| epoch.fract() == 0.0);
    let text = |epoch: f64| if epoch < 1e7 { format!("{epoch:.0}") } else { scientific(epoch) };
    whole.map(|epoch| (epoch, text(epoch))).collect()
}

/// The numbers of the figure in words.
fn describe(lines: &[DrawnLine]) -> String {
    const MOST: usize = 12;
    let mut sentences = vec![format!("Accuracy per epoch, {}.", counted(lines.len(), "line"))];
    for line in lines.iter().take(MOST) {
        sentences.push(match line.best {
            Some(best) => format!("{}: best {}.", line.name(), percent_at(best.accuracy, best.epoch)),
            None => format!("{}: no epoch.", line.name()),
        });
    }
    if lines.len() > MOST {
        sentences.push(format!("{} more.", lines.len() - MOST));
    }
    sentences.join(" ")
}

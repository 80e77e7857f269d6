//! The effect of each axis of a sweep: mean accuracy per level, a panel each. It knows no jobs.

mod panel;

use self::panel::{DrawnPanel, floor_height};
use super::{
    Chance, Estimate, Level, Style,
    accuracy::{ACCURACY_LABEL, axis_range, percent_of},
    bars::chance_text,
    estimate::MOST_DOTS,
    frame::{Frame, LABEL_SIZE, MARGIN, Plot, widest},
    ink::Ink,
    scale::Scale,
    scene::{Anchor, Node, Scene, Text},
};

/// Accuracy per level of each axis of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisEffects {
    /// Above the figure.
    pub title: String,
    /// From the left, in rows.
    pub panels: Vec<AxisPanel>,
    /// What the intervals are, for the caption.
    pub interval_meaning: Option<String>,
    /// The line of chance.
    pub chance: Option<Chance>,
    /// Sentences for the caption.
    pub notes: Vec<String>,
}

/// An axis of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisPanel {
    /// Its name: `learning_rate`.
    pub name: String,
    /// Numbers are drawn by their size, on a logarithmic axis if that spaces them more evenly; words in the order given.
    pub levels: Vec<AxisLevel>,
}

/// A value of the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisLevel {
    /// The value.
    pub level: Level,
    /// The accuracy of the jobs that have it, whatever their other settings.
    pub accuracy: Estimate,
}

const PANEL_WIDTH: f64 = 230.0;
const PANEL_GAP: f64 = 18.0;
const PANEL_HEAD: f64 = 40.0;
const ROW_GAP: f64 = 8.0;
const SMALLEST_PLOT: f64 = 120.0;

impl AxisEffects {
    pub(crate) fn draw(&self, style: &Style) -> Scene {
        let mut frame = Frame::new(style, &self.title, None);
        let notes = frame.notes(self.sentences());
        let chance = self.chance.and_then(|chance| percent_of(chance.above));
        let levels = self.panels.iter().flat_map(|panel| &panel.levels);
        let (low, high) = axis_range(levels.flat_map(|level| level.accuracy.percents()).chain(chance));
        let count = self.panels.len();
        let left = (MARGIN + 20.0 + widest(&Scale::linear(low, high, (0.0, 1.0)).ticks(6)) + 7.0).ceil();
        let room = frame.width - MARGIN - left;
        let most = ((room + PANEL_GAP) / PANEL_WIDTH).floor().clamp(1.0, 4.0) as usize;
        // As many panels in every row as can be.
        let rows = count.div_ceil(most).max(1);
        let columns = count.div_ceil(rows).max(1);
        let width = (room - (columns - 1) as f64 * PANEL_GAP) / columns as f64;
        let foot =
            |panels: &[AxisPanel]| panels.iter().map(|panel| floor_height(panel, width)).fold(0.0, f64::max);
        let feet: f64 = self.panels.chunks(columns).map(foot).sum();
        let free = style.bounded_height() - frame.bottom - notes.height() - feet;
        let height = (free / rows as f64 - PANEL_HEAD - ROW_GAP).max(SMALLEST_PLOT).round();
        for panels in self.panels.chunks(columns) {
            let top = frame.bottom + PANEL_HEAD;
            for (column, panel) in panels.iter().enumerate() {
                let plot = Plot { left: left + column as f64 * (width + PANEL_GAP), top, width, height };
                let y = Scale::linear(low, high, (plot.bottom(), plot.top));
                let drawn = DrawnPanel { panel, plot, y, chance, has_values: column == 0 };
                frame.nodes.extend(drawn.draw());
            }
            let label = Text::new(MARGIN + 10.0, top + height / 2.0, LABEL_SIZE, ACCURACY_LABEL);
            frame.nodes.push(Node::Text(label.anchor(Anchor::Middle).turned(-90.0)));
            frame.bottom = top + height + foot(panels) + ROW_GAP;
        }
        if count == 0 {
            let text =
                Text::new(MARGIN, frame.bottom + 20.0, LABEL_SIZE, "No setting differs between the jobs.");
            frame.nodes.push(Node::Text(text.ink(Ink::Muted)));
            frame.bottom += 30.0;
        }
        frame.finish(notes, self.description())
    }

    /// The caption.
    fn sentences(&self) -> Vec<String> {
        let estimates = || self.panels.iter().flat_map(|panel| &panel.levels).map(|level| &level.accuracy);
        if self.panels.is_empty() {
            return self.notes.clone();
        }
        let mut parts =
            vec!["Large points: means over all jobs with a value, whatever their other settings".to_owned()];
        if let Some(meaning) = self.interval_meaning.as_ref()
            && estimates().any(|estimate| estimate.interval.is_some())
        {
            parts.push(format!("whiskers: {meaning}"));
        }
        if estimates().any(|estimate| estimate.singles.len() > 1) {
            parts.push("small dots: single jobs".to_owned());
        }
        let chance = self.chance.and_then(|chance| percent_of(chance.above));
        parts.extend(chance.map(|chance| format!("dashed: {}", chance_text(chance))));
        let mut sentences = vec![format!("{}.", parts.join("; "))];
        if estimates().any(|estimate| estimate.singles.len() > MOST_DOTS) {
            let most =
                format!("At most {MOST_DOTS} dots a value are drawn, the lowest and the highest among them.");
            sentences.push(most);
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }

    fn description(&self) -> String {
        const MOST: usize = 12;
        let panel = |panel: &AxisPanel| {
            let levels = panel.levels.iter().take(MOST);
            let levels: Vec<String> =
                levels.map(|level| format!("{} {}", level.level.text(), level.accuracy.text())).collect();
            format!("{}: {}.", panel.name, levels.join(", "))
        };
        let panels: Vec<String> = self.panels.iter().take(MOST).map(panel).collect();
        format!("Mean accuracy by the value of each setting. {}", panels.join(" "))
    }
}

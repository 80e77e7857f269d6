//! Accuracy per setting: one row each, with its mean, its interval and its single jobs. It knows no jobs.
//!
//! Points instead of bars: a bar must start at zero, where accuracies never are, and hides the single jobs. Rows instead of
//! columns: names of settings are long.

use super::{
    Estimate, Style,
    accuracy::{ACCURACY_LABEL, axis_range, percent_of, percent_text},
    estimate::{Direction, MOST_DOTS},
    font::{self, Weight},
    frame::{Frame, LABEL_SIZE, MARGIN, Plot, TICK_SIZE},
    ink::Ink,
    scale::Scale,
    scene::{Anchor, Dash, Node, Paint, Scene, Text, line},
};

/// Accuracy per setting, in groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Above the figure.
    pub title: String,
    /// From the top.
    pub groups: Vec<BarGroup>,
    /// What the intervals are, for the caption: `95 % confidence intervals over 5 jobs`.
    pub interval_meaning: Option<String>,
    /// The line of chance.
    pub chance: Option<Chance>,
    /// Sentences for the caption.
    pub notes: Vec<String>,
}

/// Rows that belong together, such as those of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct BarGroup {
    /// Its heading; none if it is empty.
    pub name: String,
    /// From the top; rows of the same name in other groups have the same colour.
    pub rows: Vec<BarRow>,
}

/// A setting.
#[derive(Debug, Clone, PartialEq)]
pub struct BarRow {
    /// What tells it apart.
    pub name: String,
    /// Its accuracy.
    pub accuracy: Estimate,
}

/// What guessing reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// The share of trials above which a result is better than chance.
    pub above: f64,
}

const ROW: f64 = 30.0;
const HEADING: f64 = 26.0;
/// Names wider than this share stand above their rows.
const NAME_SHARE: f64 = 0.4;
const NAME_ROW: f64 = 18.0;
/// So that a name is nearer to its own row than to the one before.
const NAME_GAP: f64 = 7.0;

/// How wide names and values are.
struct Columns {
    name_width: f64,
    value_width: f64,
    is_stacked: bool,
}

impl Bars {
    pub(crate) fn draw(&self, style: &Style) -> Scene {
        let mut frame = Frame::new(style, &self.title, None);
        let notes = frame.notes(self.sentences());
        let chance = self.chance.and_then(|chance| percent_of(chance.above));
        let columns = Columns::new(self, frame.inner_width());
        let left = MARGIN + if columns.is_stacked { 2.0 } else { columns.name_width + 16.0 };
        let rows = || self.groups.iter().flat_map(|group| &group.rows);
        let headings = self.groups.iter().filter(|group| !group.name.is_empty()).count();
        let plot = Plot {
            left,
            top: frame.bottom + if chance.is_some() { 20.0 } else { 0.0 },
            width: frame.width - MARGIN - columns.value_width - 14.0 - left,
            height: 10.0 + rows().count().max(1) as f64 * columns.row_height() + headings as f64 * HEADING,
        };
        let (low, high) = axis_range(rows().flat_map(|row| row.accuracy.percents()).chain(chance));
        let x = Scale::linear(low, high, (plot.left, plot.right()));
        frame.nodes.extend(ground(&plot, &x));
        if let Some(chance) = chance {
            frame.nodes.extend(chance_line(&plot, &x, chance, frame.inner_width()));
        }
        let drawn = self.rows(&plot, &x, &columns, frame.width - MARGIN);
        frame.nodes.push(Node::Group {
            data: plot.data(Some(&x), None),
            paint: Paint::default(),
            nodes: drawn,
        });
        frame.bottom = plot.bottom() + 42.0;
        frame.finish(notes, self.description(chance))
    }

    fn rows(&self, plot: &Plot, x: &Scale, columns: &Columns, right: f64) -> Vec<Node> {
        let mut names: Vec<&str> = Vec::new();
        let mut nodes = Vec::new();
        let mut y = plot.top + 5.0;
        for group in &self.groups {
            if !group.name.is_empty() {
                let text =
                    Text::centred_on(MARGIN, y + HEADING / 2.0 + 2.0, LABEL_SIZE, &group.name).semi_bold();
                nodes.push(Node::Text(text.halo().within(columns.name_width)));
                y += HEADING;
            }
            for row in &group.rows {
                let colour = names.iter().position(|name| *name == row.name).unwrap_or_else(|| {
                    names.push(&row.name);
                    names.len() - 1
                });
                let middle = y + columns.row_height() - ROW / 2.0;
                let name_middle =
                    if columns.is_stacked { y + NAME_GAP + NAME_ROW / 2.0 + 2.0 } else { middle };
                let name =
                    Text::centred_on(MARGIN, name_middle, LABEL_SIZE, &row.name).within(columns.name_width);
                let value =
                    Text::centred_on(right, middle, LABEL_SIZE, row.accuracy.text()).anchor(Anchor::End);
                nodes.extend([Node::Text(name.halo()), Node::Text(value)]);
                let data = vec![("name", join(&group.name, &row.name)), ("value", row.accuracy.text())];
                let drawn = row.accuracy.draw(x, Direction::Right, middle, Ink::Series(colour));
                nodes.push(Node::Group { data, paint: Paint::default(), nodes: drawn });
                y += columns.row_height();
            }
        }
        nodes
    }

    /// The caption.
    fn sentences(&self) -> Vec<String> {
        let estimates = || self.groups.iter().flat_map(|group| &group.rows).map(|row| &row.accuracy);
        let mut parts = vec!["Large points: means".to_owned()];
        if let Some(meaning) = self.interval_meaning.as_ref()
            && estimates().any(|estimate| estimate.interval.is_some())
        {
            parts.push(format!("whiskers: {meaning}"));
        }
        if estimates().any(|estimate| estimate.singles.len() > 1) {
            parts.push("small dots: single jobs".to_owned());
        }
        if estimates().any(|estimate| estimate.deviation.is_some()) {
            parts.push("±: standard deviation".to_owned());
        }
        let mut sentences = vec![format!("{}.", parts.join("; "))];
        if estimates().any(|estimate| estimate.singles.len() > MOST_DOTS) {
            sentences.push(format!(
                "At most {MOST_DOTS} dots a row are drawn, the lowest and the highest among them."
            ));
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }

    fn description(&self, chance: Option<f64>) -> String {
        const MOST: usize = 20;
        let rows = || self.groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)));
        let told = rows().take(MOST);
        let mut sentences: Vec<String> = told
            .map(|(group, row)| format!("{}: {}.", join(&group.name, &row.name), row.accuracy.text()))
            .collect();
        if rows().count() > MOST {
            sentences.push(format!("{} more.", rows().count() - MOST));
        }
        sentences.extend(chance.map(|chance| format!("{}.", chance_text(chance))));
        format!("Mean accuracies. {}", sentences.join(" "))
    }
}

impl Columns {
    fn new(bars: &Bars, room: f64) -> Self {
        let rows = || bars.groups.iter().flat_map(|group| &group.rows);
        let width_of = |text: &str, weight| font::width(text, LABEL_SIZE, weight);
        let names = rows().map(|row| width_of(&row.name, Weight::Regular));
        let longest = names.fold(0.0, f64::max);
        let headings = bars.groups.iter().map(|group| width_of(&group.name, Weight::SemiBold));
        let value_width =
            rows().map(|row| width_of(&row.accuracy.text(), Weight::Regular)).fold(0.0, f64::max);
        let is_stacked = longest > NAME_SHARE * room;
        let name_width =
            if is_stacked { room } else { headings.fold(longest, f64::max).min(NAME_SHARE * room) };
        Self { name_width, value_width, is_stacked }
    }

    fn row_height(&self) -> f64 {
        if self.is_stacked { ROW + NAME_ROW + NAME_GAP } else { ROW }
    }
}

pub(crate) fn chance_text(percent: f64) -> String {
    format!("better than chance above {} %", percent_text(percent))
}

fn join(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}, {name}") }
}

/// Lines from the top to the axis below, with their values.
fn ground(plot: &Plot, x: &Scale) -> Vec<Node> {
    let ticks = x.ticks((plot.width / 70.0).round() as usize);
    let rule = |at: f64| line((at, plot.top), (at, plot.bottom()), Paint::stroke(Ink::Grid, 1.0));
    let mut nodes: Vec<Node> = ticks.iter().map(|(value, _)| rule(x.at(*value))).collect();
    nodes.extend(plot.floor(x, &ticks));
    let middle = plot.left + plot.width / 2.0;
    let label = Text::new(middle, plot.bottom() + 35.0, LABEL_SIZE, ACCURACY_LABEL).anchor(Anchor::Middle);
    nodes.push(Node::Text(label));
    nodes
}

/// The dashed line, and its name above the plot.
fn chance_line(plot: &Plot, x: &Scale, chance: f64, room: f64) -> Vec<Node> {
    let at = x.at(chance);
    let text = font::shorten(&chance_text(chance), TICK_SIZE, Weight::Regular, room);
    let half = font::width(&text, TICK_SIZE, Weight::Regular) / 2.0;
    let middle = at.clamp(MARGIN + half, MARGIN + room - half);
    let label = Text::new(middle, plot.top - 8.0, TICK_SIZE, text).anchor(Anchor::Middle).ink(Ink::Muted);
    let dashed = Paint::stroke(Ink::Text, 1.2).dash(Some(Dash::Fine));
    vec![line((at, plot.top - 4.0), (at, plot.bottom()), dashed), Node::Text(label)]
}

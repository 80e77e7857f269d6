//! One panel of the effects of axes. It knows no other panels.

use super::AxisPanel;
use crate::figures::{
    accuracy::percent_of,
    estimate::Direction,
    font::{self, Weight},
    frame::{LABEL_SIZE, Plot, TICK_SIZE},
    ink::Ink,
    level::Arrangement,
    path::PathData,
    scale::Scale,
    scene::{Anchor, Dash, Node, Paint, Text, line},
};

/// Names of levels that do not fit side by side are turned by this, and are at most so long.
const TURN: f64 = -40.0;
const TURNED_LENGTH: f64 = 84.0;
/// The room on both sides of numbers, for their dots.
const SIDE: f64 = 26.0;

pub(crate) struct DrawnPanel<'a> {
    pub(crate) panel: &'a AxisPanel,
    pub(crate) plot: Plot,
    pub(crate) y: Scale,
    /// In percent.
    pub(crate) chance: Option<f64>,
    /// Whether the values of the axis of accuracies stand on its left.
    pub(crate) has_values: bool,
}

/// The height of the names of the levels below a panel.
pub(crate) fn floor_height(panel: &AxisPanel, width: f64) -> f64 {
    if !is_turned(panel, width) {
        return 20.0;
    }
    let longest = panel.levels.iter().map(|level| text_width(&level.level.text())).fold(0.0, f64::max);
    18.0 + 0.65 * longest.min(TURNED_LENGTH)
}

impl DrawnPanel<'_> {
    pub(crate) fn draw(&self) -> Vec<Node> {
        let Self { panel, plot, y, .. } = self;
        let name =
            Text::new(plot.left, plot.top - 25.0, LABEL_SIZE, &panel.name).semi_bold().within(plot.width);
        let effect = Text::new(plot.left, plot.top - 10.0, TICK_SIZE, self.effect()).ink(Ink::Muted);
        let mut nodes = vec![Node::Text(name), Node::Text(effect.within(plot.width))];
        let mut ticks = y.ticks((plot.height / 40.0).round() as usize);
        if !self.has_values {
            ticks.iter_mut().for_each(|(_, text)| text.clear());
        }
        nodes.extend(plot.ruled(y, &ticks));
        if let Some(chance) = self.chance {
            let at = y.at(chance);
            let dashed = Paint::stroke(Ink::Text, 1.2).dash(Some(Dash::Fine));
            nodes.push(line((plot.left, at), (plot.right(), at), dashed));
        }
        nodes.extend(self.floor());
        let x = match self.arrangement() {
            Arrangement::Numbers { .. } => Some(self.arrangement().scale(pixels(panel, plot))),
            Arrangement::Places(_) => None,
        };
        let mut data = vec![("name", panel.name.clone())];
        data.extend(plot.data(x.as_ref(), Some(y)));
        nodes.push(Node::Group { data, paint: Paint::default(), nodes: self.levels() });
        nodes
    }

    fn arrangement(&self) -> Arrangement {
        Arrangement::of(self.panel.levels.iter().map(|level| &level.level))
    }

    /// The places of the levels, in the order given.
    fn places(&self) -> Vec<f64> {
        let (arrangement, pixels) = (self.arrangement(), pixels(self.panel, &self.plot));
        self.panel.levels.iter().map(|level| arrangement.at(&level.level, pixels)).collect()
    }

    /// How far apart the means of the levels are.
    fn effect(&self) -> String {
        let means = || self.panel.levels.iter().filter_map(|level| percent_of(level.accuracy.mean));
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        if high > low { format!("means differ by {:.1} points", high - low) } else { String::new() }
    }

    /// The axis below with the levels; those that would touch the one before are left out.
    fn floor(&self) -> Vec<Node> {
        let Plot { left, .. } = self.plot;
        let (right, bottom) = (self.plot.right(), self.plot.bottom());
        let axis = Paint::stroke(Ink::Axis, 1.0);
        let mut nodes = vec![line((left, bottom), (right, bottom), axis)];
        let turned = is_turned(self.panel, self.plot.width);
        let mut labels: Vec<(f64, String)> =
            self.places().into_iter().zip(self.panel.levels.iter().map(|level| level.level.text())).collect();
        labels.sort_by(|one, other| one.0.total_cmp(&other.0));
        labels.dedup();
        let mut taken = f64::NEG_INFINITY;
        for (at, text) in labels {
            nodes.push(line((at, bottom), (at, bottom + 4.0), axis));
            let half = if turned { 6.0 } else { text_width(&text) / 2.0 };
            if at - half < taken + 4.0 {
                continue;
            }
            taken = at + half;
            nodes.push(Node::Text(if turned {
                let text = Text::new(at + 3.0, bottom + 15.0, TICK_SIZE, text).within(TURNED_LENGTH);
                text.anchor(Anchor::End).ink(Ink::Muted).turned(TURN)
            } else {
                Text::new(at, bottom + 17.0, TICK_SIZE, text).anchor(Anchor::Middle).ink(Ink::Muted)
            }));
        }
        nodes
    }

    /// Means, whiskers and dots; a line joins the means of numbers.
    fn levels(&self) -> Vec<Node> {
        let ink = Ink::Series(0);
        let places = self.places();
        let mut nodes = Vec::new();
        if matches!(self.arrangement(), Arrangement::Numbers { .. }) {
            let means = self.panel.levels.iter().zip(&places);
            let mut means: Vec<(f64, f64)> = means
                .filter_map(|(level, at)| Some((*at - 5.0, self.y.at(percent_of(level.accuracy.mean)?))))
                .collect();
            means.sort_by(|one, other| one.0.total_cmp(&other.0));
            let paint = Paint::stroke(ink, 1.2).opacity(0.55);
            nodes.push(Node::Path { data: Vec::new(), path: PathData::polyline(means), paint });
        }
        for (level, at) in self.panel.levels.iter().zip(places) {
            let data = vec![("name", level.level.text()), ("value", level.accuracy.text())];
            let drawn = level.accuracy.draw(&self.y, Direction::Up, at, ink);
            nodes.push(Node::Group { data, paint: Paint::default(), nodes: drawn });
        }
        nodes
    }
}

/// The pixels of the lowest and the highest number, or the ends of the places of words.
fn pixels(panel: &AxisPanel, plot: &Plot) -> (f64, f64) {
    match Arrangement::of(panel.levels.iter().map(|level| &level.level)) {
        Arrangement::Numbers { .. } => (plot.left + SIDE, plot.right() - SIDE),
        Arrangement::Places(_) => (plot.left, plot.right()),
    }
}

/// Words are turned where one is wider than its place; numbers are left out instead.
fn is_turned(panel: &AxisPanel, width: f64) -> bool {
    match Arrangement::of(panel.levels.iter().map(|level| &level.level)) {
        Arrangement::Numbers { .. } => false,
        Arrangement::Places(places) => {
            let place = width / places.len().max(1) as f64;
            places.iter().any(|text| text_width(text) > place - 6.0)
        }
    }
}

fn text_width(text: &str) -> f64 {
    font::width(text, TICK_SIZE, Weight::Regular)
}

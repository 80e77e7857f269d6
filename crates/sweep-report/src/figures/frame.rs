//! What all figures share: the margin, the title, notes below, and a ruled plot. It knows no kind of figure.

use super::{
    Style,
    font::{self, Weight},
    ink::Ink,
    path::pixels,
    scale::{Scale, Spacing},
    scene::{Anchor, Datum, Node, Paint, Scene, Text, line},
};

pub(crate) const MARGIN: f64 = 18.0;
pub(crate) const TICK_SIZE: f64 = 11.0;
pub(crate) const LABEL_SIZE: f64 = 12.0;
const TITLE_SIZE: f64 = 15.0;
const NOTE_SIZE: f64 = 11.0;
const NOTE_LINE: f64 = 15.0;

/// A figure that is being drawn from the top to the bottom.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) width: f64,
    /// Below what is drawn.
    pub(crate) bottom: f64,
    pub(crate) nodes: Vec<Node>,
    name: String,
}

/// A rectangle in which values are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plot {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Sentences below a figure, in lines.
#[derive(Debug, Clone)]
pub(crate) struct Notes(Vec<String>);

impl Frame {
    /// The title, and a line below it.
    pub(crate) fn new(style: &Style, title: &str, subtitle: Option<&str>) -> Self {
        let width = style.bounded_width();
        let mut frame = Self { width, bottom: MARGIN - 3.0, nodes: Vec::new(), name: font::clean(title) };
        for line in font::wrap(title, TITLE_SIZE, Weight::SemiBold, frame.inner_width(), 3) {
            frame
                .nodes
                .push(Node::Text(Text::new(MARGIN, frame.bottom + 14.0, TITLE_SIZE, line).semi_bold()));
            frame.bottom += 20.0;
        }
        for line in font::wrap(subtitle.unwrap_or(""), LABEL_SIZE, Weight::Regular, frame.inner_width(), 3) {
            let text = Text::new(MARGIN, frame.bottom + 12.0, LABEL_SIZE, line).ink(Ink::Muted);
            frame.nodes.push(Node::Text(text));
            frame.bottom += 17.0;
        }
        frame.bottom += 8.0;
        frame
    }

    /// The width between the margins.
    pub(crate) fn inner_width(&self) -> f64 {
        self.width - 2.0 * MARGIN
    }

    pub(crate) fn notes(&self, sentences: impl IntoIterator<Item = String>) -> Notes {
        let text: Vec<String> = sentences.into_iter().filter_map(|text| sentence(&text)).collect();
        Notes(font::wrap(&text.join(" "), NOTE_SIZE, Weight::Regular, self.inner_width(), 8))
    }

    /// The notes, and the margin below them.
    pub(crate) fn finish(mut self, notes: Notes, description: String) -> Scene {
        if !notes.0.is_empty() {
            self.bottom += 10.0;
        }
        for line in notes.0 {
            let text = Text::new(MARGIN, self.bottom + 11.0, NOTE_SIZE, line).ink(Ink::Muted);
            self.nodes.push(Node::Text(text));
            self.bottom += NOTE_LINE;
        }
        let height = (self.bottom + MARGIN - 4.0).ceil();
        Scene { width: self.width, height, name: self.name, description, nodes: self.nodes }
    }
}

impl Notes {
    /// The height that [`Frame::finish`] adds.
    pub(crate) fn height(&self) -> f64 {
        let gap = if self.0.is_empty() { 0.0 } else { 10.0 };
        gap + self.0.len() as f64 * NOTE_LINE + MARGIN - 4.0
    }
}

impl Plot {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Where scripts find which values are under the pointer.
    pub(crate) fn data(&self, x: Option<&Scale>, y: Option<&Scale>) -> Vec<Datum> {
        let mut data = vec![
            ("plot-left", pixels(self.left)),
            ("plot-top", pixels(self.top)),
            ("plot-width", pixels(self.width)),
            ("plot-height", pixels(self.height)),
        ];
        let kind = |scale: &Scale| {
            if scale.spacing == Spacing::Logarithmic { "logarithmic" } else { "linear" }.to_owned()
        };
        if let Some(x) = x {
            data.extend([("x-low", x.low.to_string()), ("x-high", x.high.to_string()), ("x-scale", kind(x))]);
        }
        if let Some(y) = y {
            data.extend([("y-low", y.low.to_string()), ("y-high", y.high.to_string()), ("y-scale", kind(y))]);
        }
        data
    }

    /// Lines across the plot with their values on the left.
    pub(crate) fn ruled(&self, y: &Scale, ticks: &[(f64, String)]) -> Vec<Node> {
        let mut nodes = Vec::new();
        for (value, text) in ticks {
            let at = y.at(*value);
            nodes.push(line((self.left, at), (self.right(), at), Paint::stroke(Ink::Grid, 1.0)));
            let text = Text::centred_on(self.left - 7.0, at, TICK_SIZE, text).anchor(Anchor::End);
            nodes.push(Node::Text(text.ink(Ink::Muted)));
        }
        nodes
    }

    /// The axis below the plot with its values; those that would touch the one before are left out.
    pub(crate) fn floor(&self, x: &Scale, ticks: &[(f64, String)]) -> Vec<Node> {
        let axis = Paint::stroke(Ink::Axis, 1.0);
        let bottom = self.bottom();
        let mut nodes = vec![line((self.left, bottom), (self.right(), bottom), axis)];
        let mut taken = f64::NEG_INFINITY;
        for (value, text) in ticks {
            let at = x.at(*value);
            nodes.push(line((at, bottom), (at, bottom + 4.0), axis));
            let half = font::width(text, TICK_SIZE, Weight::Regular) / 2.0;
            // Wide ones at the ends stay within the margins.
            let at = at.min(self.right() + MARGIN - 2.0 - half).max(half + 2.0);
            if at - half > taken + 6.0 {
                let text = Text::new(at, bottom + 17.0, TICK_SIZE, text).anchor(Anchor::Middle);
                nodes.push(Node::Text(text.ink(Ink::Muted)));
                taken = at + half;
            }
        }
        nodes
    }
}

/// `text` with a full stop at its end; `None` if `text` is empty.
fn sentence(text: &str) -> Option<String> {
    let text = text.trim();
    let stop = if text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    (!text.is_empty()).then(|| format!("{text}{stop}"))
}

/// The widest of the ticks' texts.
pub(crate) fn widest(ticks: &[(f64, String)]) -> f64 {
    let widths = ticks.iter().map(|(_, text)| font::width(text, TICK_SIZE, Weight::Regular));
    widths.fold(0.0, f64::max)
}

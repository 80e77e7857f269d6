//! What a drawing consists of, whatever it is written as. It knows no figures and no SVG.

use super::{
    font::{self, Weight},
    ink::Ink,
    path::PathData,
};

/// A whole drawing; lengths are in pixels, from the left and from the top.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// What it is called, for those who do not see it.
    pub(crate) name: String,
    /// What it shows, with the essential numbers.
    pub(crate) description: String,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// Its paint is that of the nodes that have none of their own.
    Group {
        data: Vec<Datum>,
        paint: Paint,
        nodes: Vec<Node>,
    },
    Path {
        data: Vec<Datum>,
        path: PathData,
        paint: Paint,
    },
    Rectangle {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
        corner: f64,
        paint: Paint,
    },
    Circle {
        x: f64,
        y: f64,
        radius: f64,
        paint: Paint,
    },
    Text(Text),
}

/// An attribute for scripts: the name without `data-`, and the value.
pub(crate) type Datum = (&'static str, String);

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Paint {
    pub(crate) fill: Option<Fill>,
    pub(crate) stroke: Option<(Ink, f64)>,
    pub(crate) dash: Option<Dash>,
    pub(crate) opacity: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Fill {
    Nothing,
    Ink(Ink),
}

/// The pattern of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dash {
    Dashed,
    Dotted,
    /// Of lines that the eye shall not take for data.
    Fine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) x: f64,
    /// The base line.
    pub(crate) y: f64,
    pub(crate) text: String,
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) anchor: Anchor,
    pub(crate) ink: Ink,
    /// Clockwise, about its anchor.
    pub(crate) degrees: f64,
    pub(crate) edge: Edge,
}

/// What is around the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    Plain,
    /// A rim in the colour of the ground, over lines.
    Halo,
}

impl Paint {
    pub(crate) fn fill(ink: Ink) -> Self {
        Self { fill: Some(Fill::Ink(ink)), ..Self::default() }
    }

    pub(crate) fn stroke(ink: Ink, width: f64) -> Self {
        Self { fill: Some(Fill::Nothing), stroke: Some((ink, width)), ..Self::default() }
    }

    pub(crate) fn and_stroke(self, ink: Ink, width: f64) -> Self {
        Self { stroke: Some((ink, width)), ..self }
    }

    pub(crate) fn dash(self, dash: Option<Dash>) -> Self {
        Self { dash, ..self }
    }

    pub(crate) fn opacity(self, opacity: f64) -> Self {
        Self { opacity: Some(opacity), ..self }
    }
}

impl Text {
    /// Text in the size of labels that starts at `x`, its middle at the height of `y`.
    pub(crate) fn centred_on(x: f64, y: f64, size: f64, text: impl Into<String>) -> Self {
        // Capitals and digits of Inter are 0.73 em high.
        Self::new(x, y + 0.364 * size, size, text)
    }

    /// Text whose base line starts at a place.
    pub(crate) fn new(x: f64, y: f64, size: f64, text: impl Into<String>) -> Self {
        Self {
            x,
            y,
            text: text.into(),
            size,
            weight: Weight::Regular,
            anchor: Anchor::Start,
            ink: Ink::Text,
            degrees: 0.0,
            edge: Edge::Plain,
        }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub(crate) fn semi_bold(self) -> Self {
        Self { weight: Weight::SemiBold, ..self }
    }

    pub(crate) fn turned(self, degrees: f64) -> Self {
        Self { degrees, ..self }
    }

    pub(crate) fn halo(self) -> Self {
        Self { edge: Edge::Halo, ..self }
    }

    /// The same text, cut to `room` pixels.
    pub(crate) fn within(self, room: f64) -> Self {
        Self { text: font::shorten(&self.text, self.size, self.weight, room), ..self }
    }
}

/// A straight line.
pub(crate) fn line(from: (f64, f64), to: (f64, f64), paint: Paint) -> Node {
    Node::Path { data: Vec::new(), path: PathData::polyline([from, to]), paint }
}

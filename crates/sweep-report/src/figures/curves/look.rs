//! How lines are told apart: colour and marker by setting, pattern by part. It knows no values.

use serde::Serialize;

use super::{Part, Series, line::MANY_LINES};
use crate::figures::{
    ink::Ink,
    path::PathData,
    scene::{Dash, Node, Paint},
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    pub(crate) ink: Ink,
    pub(crate) dash: Option<Dash>,
    pub(crate) width: f64,
    /// `None` in figures of one setting.
    pub(crate) marker: Option<Marker>,
    /// The place of the setting among the figure's.
    pub(crate) setting: usize,
}

/// Shapes that stay apart in print without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Inverted,
    Plus,
    Cross,
    Star,
}

/// Seven colours and eight shapes: the first 56 settings differ.
const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::Inverted,
    Marker::Plus,
    Marker::Cross,
    Marker::Star,
];

/// The looks of lines; those of one setting share colour and marker.
pub(crate) fn looks(series: &[Series]) -> Vec<Look> {
    let mut settings: Vec<&str> = Vec::new();
    let places: Vec<usize> = series
        .iter()
        .map(|series| {
            let known = settings.iter().position(|setting| *setting == series.setting);
            known.unwrap_or_else(|| {
                settings.push(&series.setting);
                settings.len() - 1
            })
        })
        .collect();
    let marker = |place: usize| (settings.len() > 1).then(|| MARKERS[place % MARKERS.len()]);
    let look = |(place, series): (usize, &Series)| {
        let (dash, width) = match series.part {
            Part::Train => (Some(Dash::Dashed), 1.5),
            Part::Validation => (Some(Dash::Dotted), 2.0),
            Part::Test => (None, 1.8),
        };
        Look { ink: Ink::Series(place), dash, width, marker: marker(place), setting: place }
    };
    places.into_iter().zip(series).map(look).collect()
}

impl Look {
    /// The paint in the legend.
    pub(crate) fn sample(&self) -> Paint {
        Paint::stroke(self.ink, self.width).dash(self.dash)
    }

    /// The line's paint; thinner where there are many lines, or points without a pixel for each.
    pub(crate) fn stroke(&self, lines: usize, points_per_pixel: f64) -> Paint {
        let thinner = if lines > MANY_LINES || points_per_pixel > 0.7 { 0.7 } else { 1.0 };
        Paint::stroke(self.ink, thinner * self.width).dash(self.dash)
    }
}

/// What a marker is drawn as, around the point that it marks: lengths in pixels, to the right and down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    /// Of this radius, filled.
    Disc(f64),
    /// With these corners, filled.
    Polygon(&'static [(f64, f64)]),
    /// Lines through the point; an end of each.
    Strokes(&'static [(f64, f64)]),
}

/// The shapes of all markers, in the order in which settings get them: for scripts that draw as this does.
pub(crate) fn marker_shapes() -> [Shape; MARKERS.len()] {
    MARKERS.map(Marker::shape)
}

impl Marker {
    fn shape(self) -> Shape {
        match self {
            Self::Circle => Shape::Disc(3.8),
            Self::Square => Shape::Polygon(&[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]),
            Self::Triangle => Shape::Polygon(&[(0.0, -4.6), (4.4, 3.2), (-4.4, 3.2)]),
            Self::Diamond => Shape::Polygon(&[(0.0, -4.8), (4.8, 0.0), (0.0, 4.8), (-4.8, 0.0)]),
            Self::Inverted => Shape::Polygon(&[(0.0, 4.6), (4.4, -3.2), (-4.4, -3.2)]),
            Self::Plus => Shape::Strokes(&[(4.2, 0.0), (0.0, 4.2)]),
            Self::Cross => Shape::Strokes(&[(3.3, 3.3), (3.3, -3.3)]),
            Self::Star => Shape::Strokes(&[(4.2, 0.0), (2.1, 3.7), (2.1, -3.7)]),
        }
    }

    pub(crate) fn node(self, x: f64, y: f64, ink: Ink) -> Node {
        let filled = Paint::fill(ink).and_stroke(Ink::Background, 1.0);
        match self.shape() {
            Shape::Disc(radius) => Node::Circle { x, y, radius, paint: filled },
            Shape::Polygon(corners) => {
                let path = PathData::polygon(corners.iter().map(|(right, down)| (x + right, y + down)));
                Node::Path { data: Vec::new(), path, paint: filled }
            }
            Shape::Strokes(ends) => {
                let mut path = PathData::default();
                for (right, down) in ends {
                    path.add_polyline([(x - right, y - down), (x + right, y + down)]);
                }
                Node::Path { data: Vec::new(), path, paint: Paint::stroke(ink, 2.0) }
            }
        }
    }
}

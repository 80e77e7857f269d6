//! A figure on a page: drawn for wide and for narrow windows, of which the style sheet shows one. It knows no jobs.

use sweep_report::figures::{Figure, Style, Theme};

/// The SVG elements of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawing {
    pub(crate) wide: String,
    pub(crate) narrow: String,
}

/// How much of a wide window a figure takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Most of its width.
    Most,
    /// Half of it, beside another one.
    Half,
    /// A third of most of it.
    Third,
}

impl Drawing {
    /// Text in figures has a size of its own: shrunk to the width of a telephone, it could not be read. So there are two.
    pub(crate) fn of(figure: &Figure, room: Room) -> Self {
        let (width, height) = match room {
            Room::Most => (860.0, 460.0),
            Room::Half => (610.0, 430.0),
            Room::Third => (400.0, 360.0),
        };
        let svg = |width, height| figure.svg(&Style { width, height, theme: Theme::Adaptive });
        Self { wide: svg(width, height), narrow: svg(360.0, 360.0) }
    }
}

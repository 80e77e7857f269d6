//! A figure on a page: drawn for wide and for narrow windows, of which the style sheet shows one. It knows no jobs.

use sweep_report::figures::{Figure, Style, Theme};

/// The SVG elements of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawing {
    pub(crate) wide: String,
    pub(crate) narrow: String,
}

/// In CSS pixels. Text in figures has a size of its own: shrunk to the width of a telephone, it could not be read.
const WIDE: Style = Style { width: 860.0, height: 460.0, theme: Theme::Adaptive };
const NARROW: Style = Style { width: 360.0, height: 360.0, theme: Theme::Adaptive };

impl Drawing {
    pub(crate) fn of(figure: &Figure) -> Self {
        Self { wide: figure.svg(&WIDE), narrow: figure.svg(&NARROW) }
    }
}

//! Figures: from plain values to SVG text and PNG files. They know no jobs, no database and no files.
//!
//! A kind of figure is a struct of plain values that says what it shows as a scene of lines, shapes and text; one writer makes SVG of any
//! scene, and resvg makes a PNG of that SVG. The same drawing stands in files, in a report and on a live page.

mod accuracy;
mod axis;
mod bars;
mod confusion;
mod curves;
mod estimate;
mod figure;
mod font;
mod frame;
mod ink;
mod level;
mod parallel;
mod path;
mod picture;
mod scale;
mod scene;
mod smoothing;
mod sparkline;
mod style;
mod svg;
mod thin;

pub use axis::{AxisEffects, AxisLevel, AxisPanel};
pub use bars::{BarGroup, BarRow, Bars, Chance};
pub use confusion::Confusion;
pub use curves::{Band, BandPoint, Curves, EpochAccuracy, Mark, Part, Series};
pub(crate) use curves::{Shape, marker_shapes};
pub use estimate::Estimate;
pub use figure::Figure;
pub use font::{REGULAR_FONT, SEMI_BOLD_FONT};
pub(crate) use ink::SERIES_COLOURS;
pub use ink::stylesheet;
pub use level::Level;
pub use parallel::{Parallel, ParallelJob};
pub use picture::FigureError;
pub use smoothing::Smoothing;
pub use sparkline::{Blocks, MOST_SPARKLINES, sparkline, sparklines};
pub use style::{Style, Theme};

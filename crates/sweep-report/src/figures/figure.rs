//! A figure of any kind, and what can be made of it. It knows no jobs and no database.

use super::{
    AxisEffects, Bars, Confusion, Curves, FigureError, Parallel, Style, Theme, picture::to_png, scene::Scene,
    svg::to_svg,
};

/// A figure of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// Accuracy per epoch.
    Curves(Curves),
    /// Accuracy per setting, with its spread.
    Bars(Bars),
    /// Which class is taken for which.
    Confusion(Confusion),
    /// Accuracy per level of each axis.
    Axis(AxisEffects),
    /// Every job as a line through its settings.
    Parallel(Parallel),
}

impl Figure {
    /// The figure as SVG text: a file, or an element of an HTML page. The same figure and style give the same bytes.
    pub fn svg(&self, style: &Style) -> String {
        to_svg(&self.draw(style), style.theme)
    }

    /// The figure as a PNG file of `dots_per_inch`, 96 for one dot a pixel of [`Style`]. [`Theme::Adaptive`] is drawn light.
    ///
    /// # Errors
    ///
    /// If there are too many dots, or the number of them is no number.
    pub fn png(&self, style: &Style, dots_per_inch: f64) -> Result<Vec<u8>, FigureError> {
        let theme = if style.theme == Theme::Adaptive { Theme::Light } else { style.theme };
        to_png(&to_svg(&self.draw(style), theme), dots_per_inch)
    }

    /// The width and the height in pixels.
    pub fn size(&self, style: &Style) -> (f64, f64) {
        let scene = self.draw(style);
        (scene.width, scene.height)
    }

    fn draw(&self, style: &Style) -> Scene {
        match self {
            Self::Curves(curves) => curves.draw(style),
            Self::Bars(bars) => bars.draw(style),
            Self::Confusion(confusion) => confusion.draw(style),
            Self::Axis(effects) => effects.draw(style),
            Self::Parallel(parallel) => parallel.draw(style),
        }
    }
}

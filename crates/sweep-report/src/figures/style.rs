//! How large a figure is and on which ground it stands. It knows no kind of figure.

/// The size and the colours of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// The width in pixels (CSS pixels, 96 an inch), held to 320 to 4000.
    pub width: f64,
    /// The height in pixels, held to 200 to 4000. A figure gets taller where its content needs it; where every row or cell has a
    /// height of its own, the content alone decides.
    pub height: f64,
    /// The ground.
    pub theme: Theme,
}

/// The colours of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Black on white, for paper too.
    Light,
    /// Light on dark.
    Dark,
    /// Class names, whose colours are those of the page that holds [`stylesheet`](super::stylesheet); the colours of
    /// [`Theme::Light`] where no page gives any.
    Adaptive,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: 880.0, height: 520.0, theme: Theme::Light }
    }
}

impl Style {
    pub(crate) fn bounded_width(&self) -> f64 {
        bounded(self.width, 320.0, Self::default().width)
    }

    pub(crate) fn bounded_height(&self) -> f64 {
        bounded(self.height, 200.0, Self::default().height)
    }
}

fn bounded(pixels: f64, least: f64, otherwise: f64) -> f64 {
    if pixels.is_nan() { otherwise } else { pixels.clamp(least, 4000.0).round() }
}

//! Colours by their purpose, on light and on dark ground, and the style sheet that gives them to a page. It knows no figure.

use std::fmt::Write as _;

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Background,
    Text,
    /// Text of less weight.
    Muted,
    /// Lines of axes.
    Axis,
    Grid,
    /// A setting; any number, the colours repeat.
    Series(usize),
    /// A step of a heat map, below [`HEAT_STEPS`].
    Heat(usize),
    /// Text on that step.
    HeatText(usize),
    /// A step of the accuracies' colours, below [`SCALE_STEPS`].
    Scale(usize),
}

pub(crate) const SERIES_COLOURS: usize = 7;
pub(crate) const HEAT_STEPS: usize = 11;
pub(crate) const SCALE_STEPS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    Light,
    Dark,
}

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

/// The colours of Okabe and Ito (2008, "Color Universal Design"), which people with any kind of colour vision can tell apart. On white,
/// orange and sky blue are darker than theirs and black is grey, for contrast and since text is black.
const SERIES_ON_LIGHT: [u32; SERIES_COLOURS] =
    [0x0072b2, 0xd55e00, 0x008f68, 0xc0609a, 0xb98000, 0x3f97cf, 0x555b61];
/// The same hues, lighter.
const SERIES_ON_DARK: [u32; SERIES_COLOURS] =
    [0x4aa8e8, 0xff8142, 0x2fc79a, 0xe592c2, 0xf0b030, 0x9cd6f7, 0xb9c0c8];

/// Viridis (van der Walt and Smith, 2015), perceptually uniform, in 16 equal steps.
const VIRIDIS: [u32; SCALE_STEPS] = [
    0x440154, 0x481a6c, 0x472f7d, 0x414487, 0x39568c, 0x31688e, 0x2a788e, 0x23888e, 0x1f988b, 0x22a884,
    0x35b779, 0x54c568, 0x7ad151, 0xa5db36, 0xd2e21b, 0xfde725,
];

/// The ends and the middle of the heat maps: from the ground to the strongest blue.
const HEAT_ON_LIGHT: [u32; 3] = [0xf3f7fb, 0x62a4d0, 0x08306b];
const HEAT_ON_DARK: [u32; 3] = [0x1b2430, 0x2f6fa8, 0x9ad0f5];

impl Ink {
    /// Every ink once.
    fn all() -> impl Iterator<Item = Self> {
        let plain = [Self::Background, Self::Text, Self::Muted, Self::Axis, Self::Grid];
        let series = (0..SERIES_COLOURS).map(Self::Series);
        let heat = (0..HEAT_STEPS).flat_map(|step| [Self::Heat(step), Self::HeatText(step)]);
        plain.into_iter().chain(series).chain(heat).chain((0..SCALE_STEPS).map(Self::Scale))
    }

    pub(crate) fn colour(self, ground: Ground) -> Colour {
        let pick = |light: u32, dark: u32| if ground == Ground::Light { light } else { dark };
        let code = match self {
            Self::Background => pick(0xffffff, 0x12161c),
            Self::Text => pick(0x111111, 0xe8ebef),
            Self::Muted => pick(0x525a63, 0xa9b2bd),
            Self::Axis => pick(0x7d858e, 0x77818d),
            Self::Grid => pick(0xe2e5e9, 0x2a313b),
            Self::Series(index) => {
                pick(SERIES_ON_LIGHT[index % SERIES_COLOURS], SERIES_ON_DARK[index % SERIES_COLOURS])
            }
            Self::Heat(step) => return heat(step, ground),
            Self::HeatText(step) => return most_readable(heat(step, ground)),
            // The best must stand out from the ground: on white that is viridis' dark end.
            Self::Scale(step) => {
                let step = step.min(SCALE_STEPS - 1);
                pick(VIRIDIS[SCALE_STEPS - 1 - step], VIRIDIS[step])
            }
        };
        from_code(code)
    }

    /// The name in classes and custom properties.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Background => "background".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Muted => "muted".to_owned(),
            Self::Axis => "axis".to_owned(),
            Self::Grid => "grid".to_owned(),
            Self::Series(index) => format!("series-{}", index % SERIES_COLOURS),
            Self::Heat(step) => format!("heat-{step}"),
            Self::HeatText(step) => format!("heat-text-{step}"),
            Self::Scale(step) => format!("scale-{step}"),
        }
    }
}

/// The style sheet for pages with figures in [`Theme::Adaptive`](super::Theme::Adaptive). The colours follow the reader's system, or
/// `data-theme="light"` and `data-theme="dark"` on the page's root; paper is light. A page changes a colour by its custom
/// property, such as `--figure-series-0`.
pub fn stylesheet() -> String {
    let light = properties(Ground::Light);
    let dark = properties(Ground::Dark);
    let mut css = format!(
        ".sweep-figure{{{light}}}\n\
         @media (prefers-color-scheme:dark){{:root:not([data-theme=light]) .sweep-figure{{{dark}}}}}\n\
         :root[data-theme=dark] .sweep-figure{{{dark}}}\n\
         @media print{{:root .sweep-figure.sweep-figure.sweep-figure{{{light}}}}}\n"
    );
    for ink in Ink::all() {
        let name = ink.name();
        // Writing to a string cannot fail.
        let _ = writeln!(
            css,
            ".sweep-figure .f-{name}{{fill:var(--figure-{name})}}.sweep-figure .s-{name}{{stroke:var(--figure-{name})}}"
        );
    }
    css
}

fn properties(ground: Ground) -> String {
    let property = |ink: Ink| format!("--figure-{}:{}", ink.name(), hexadecimal(ink.colour(ground)));
    Ink::all().map(property).collect::<Vec<_>>().join(";")
}

/// `#rrggbb`.
pub(crate) fn hexadecimal([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn from_code(code: u32) -> Colour {
    [(code >> 16) as u8, (code >> 8) as u8, code as u8]
}

fn heat(step: usize, ground: Ground) -> Colour {
    let [low, middle, high] =
        (if ground == Ground::Light { HEAT_ON_LIGHT } else { HEAT_ON_DARK }).map(from_code);
    let position = 2.0 * step.min(HEAT_STEPS - 1) as f64 / (HEAT_STEPS - 1) as f64;
    let (from, to, share) =
        if position <= 1.0 { (low, middle, position) } else { (middle, high, position - 1.0) };
    [0, 1, 2].map(|part| {
        let (from, to) = (f64::from(from[part]), f64::from(to[part]));
        (from + share * (to - from)).round() as u8
    })
}

/// Near-black or white, whichever has more contrast to `ground`.
fn most_readable(ground: Colour) -> Colour {
    let [dark, light] = [[17; 3], [255; 3]];
    if contrast(dark, ground) >= contrast(light, ground) { dark } else { light }
}

/// The contrast ratio of WCAG 2.1, 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of WCAG 2.1.
fn luminance(colour: Colour) -> f64 {
    let linear = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_seen_on_its_ground() {
        for ground in [Ground::Light, Ground::Dark] {
            let background = Ink::Background.colour(ground);
            for ink in Ink::all() {
                let (below, least) = match ink {
                    Ink::Text | Ink::Muted => (background, 4.5),
                    Ink::HeatText(step) => (Ink::Heat(step).colour(ground), 4.5),
                    Ink::Series(_) | Ink::Axis => (background, 3.0),
                    Ink::Scale(step) if step >= SCALE_STEPS / 2 => (background, 3.0),
                    Ink::Background | Ink::Grid | Ink::Heat(_) | Ink::Scale(_) => continue,
                };
                let contrast = contrast(ink.colour(ground), below);
                assert!(contrast >= least, "{ink:?} on {ground:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn the_style_sheet_names_every_ink() {
        let css = stylesheet();
        for ink in Ink::all() {
            for ground in [Ground::Light, Ground::Dark] {
                let property = format!("--figure-{}:{}", ink.name(), hexadecimal(ink.colour(ground)));
                assert_eq!(
                    css.matches(&property).count(),
                    2 + usize::from(ink.colour(Ground::Light) == ink.colour(Ground::Dark)) * 2
                );
            }
        }
        assert_eq!(css.matches('{').count(), css.matches('}').count());
    }
}

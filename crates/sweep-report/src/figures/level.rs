//! Values of settings, and where they stand on an axis: numbers by their size, words side by side. It knows no drawing.

use sweep_text::{LABEL_DIGITS, label_number};

use super::{
    font,
    scale::{Scale, Spacing, spacing_of},
};
use crate::words::real;

/// A value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Level {
    /// A number: `0.001`.
    Number(f64),
    /// Anything else: `relu`.
    Text(String),
}

/// How the levels of a setting stand on its axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arrangement {
    /// At least two different finite numbers.
    Numbers { spacing: Spacing, low: f64, high: f64, distinct: Vec<f64> },
    /// One place for each, in this order.
    Places(Vec<String>),
}

impl Level {
    /// The value as it is written.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Number(number) => number_text(*number),
            Self::Text(text) => font::clean(text),
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.is_finite().then_some(*number),
            Self::Text(_) => None,
        }
    }
}

impl Arrangement {
    pub(crate) fn of<'a>(levels: impl IntoIterator<Item = &'a Level>) -> Self {
        let levels: Vec<&Level> = levels.into_iter().collect();
        let numbers: Option<Vec<f64>> = levels.iter().map(|level| level.number()).collect();
        if let Some(mut numbers) = numbers {
            numbers.sort_by(f64::total_cmp);
            numbers.dedup();
            if let (Some(low), Some(high)) = (numbers.first().copied(), numbers.last().copied())
                && high > low
            {
                return Self::Numbers { spacing: spacing_of(&numbers), low, high, distinct: numbers };
            }
        }
        let mut places = Vec::new();
        for text in levels.iter().map(|level| level.text()) {
            if !places.contains(&text) {
                places.push(text);
            }
        }
        Self::Places(places)
    }

    /// The pixel of a level on an axis over `pixels`; words stand in the middle of equal parts.
    pub(crate) fn at(&self, level: &Level, pixels: (f64, f64)) -> f64 {
        match self {
            Self::Numbers { .. } => self.scale(pixels).at(level.number().unwrap_or(0.0)),
            Self::Places(places) => {
                let text = level.text();
                let place = places.iter().position(|place| *place == text).unwrap_or(0);
                middle_of_part(place, places.len(), pixels)
            }
        }
    }

    /// Pixels and texts that tell where what stands, about `wanted` of them where the levels are too many to be told each, or
    /// are numbers that nobody chose.
    pub(crate) fn ticks(&self, pixels: (f64, f64), wanted: usize) -> Vec<(f64, String)> {
        match self {
            Self::Numbers { distinct, .. } if distinct.len() <= wanted && distinct.iter().all(is_chosen) => {
                let scale = self.scale(pixels);
                distinct.iter().map(|number| (scale.at(*number), number_text(*number))).collect()
            }
            Self::Numbers { .. } => {
                let scale = self.scale(pixels);
                scale.ticks(wanted).into_iter().map(|(value, text)| (scale.at(value), text)).collect()
            }
            Self::Places(places) => {
                let place = |(place, text): (usize, &String)| {
                    (middle_of_part(place, places.len(), pixels), text.clone())
                };
                places.iter().enumerate().map(place).collect()
            }
        }
    }

    /// The scale of numbers; of words one from first to last place.
    pub(crate) fn scale(&self, pixels: (f64, f64)) -> Scale {
        match self {
            Self::Numbers { spacing, low, high, .. } => {
                Scale { spacing: *spacing, low: *low, high: *high, pixels }
            }
            Self::Places(places) => Scale::linear(0.0, places.len() as f64, pixels),
        }
    }

    /// How many different levels there are.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Numbers { distinct, .. } => distinct.len(),
            Self::Places(places) => places.len(),
        }
    }
}

/// A number as it was written; of one with many digits the first four.
fn number_text(number: f64) -> String {
    label_number(number, LABEL_DIGITS)
}

/// Whether somebody wrote this number; those drawn at random have many digits.
fn is_chosen(number: &f64) -> bool {
    const MOST_CHARACTERS: usize = 7;
    real(*number).len() <= MOST_CHARACTERS
}

fn middle_of_part(part: usize, parts: usize, (start, end): (f64, f64)) -> f64 {
    start + (part as f64 + 0.5) / parts.max(1) as f64 * (end - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_by_size_and_words_side_by_side() {
        let rates = [0.1, 0.001, 0.01].map(Level::Number);
        let arrangement = Arrangement::of(&rates);
        let places = rates.each_ref().map(|level| arrangement.at(level, (0.0, 100.0)).round());
        assert_eq!(places, [100.0, 0.0, 50.0]);
        let words = ["relu", "elu", "relu"].map(|word| Level::Text(word.to_owned()));
        let arrangement = Arrangement::of(&words);
        assert_eq!(words.map(|level| arrangement.at(&level, (0.0, 100.0))), [25.0, 75.0, 25.0]);
    }

    #[test]
    fn numbers_are_told_as_they_were_written() {
        let texts = [0.001, 12345.0, 1e-8, 0.002_384_723_8, 1_234_567_890.0]
            .map(|number| Level::Number(number).text());
        assert_eq!(texts, ["0.001", "12345", "1e-8", "0.002385", "1.235e9"]);
    }

    #[test]
    fn what_is_no_number_makes_places() {
        let mixed = [Level::Number(1.0), Level::Text("none".to_owned())];
        assert_eq!(Arrangement::of(&mixed), Arrangement::Places(vec!["1".to_owned(), "none".to_owned()]));
        let single = [Level::Number(0.5), Level::Number(0.5)];
        assert_eq!(Arrangement::of(&single).count(), 1);
        let infinite = [Level::Number(0.5), Level::Number(f64::INFINITY)];
        assert_eq!(Arrangement::of(&infinite).count(), 2);
    }
}

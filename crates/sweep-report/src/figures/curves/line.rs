//! One line of the curves, with its band, its markers and its ring. It knows no other lines.

use super::{EpochAccuracy, Look, Mark, Part, Series};
use crate::figures::{
    Smoothing,
    accuracy::percent_of,
    font,
    ink::Ink,
    path::PathData,
    scale::Scale,
    scene::{Node, Paint},
    thin::kept_points,
};

/// The width in pixels of which a line keeps the lowest and the highest point: where lines are many, none can be followed to the pixel.
fn bucket_pixels(lines: usize) -> f64 {
    if lines > MANY_LINES { 2.0 } else { 1.0 }
}

/// More lines than this are drawn with less of each.
pub(super) const MANY_LINES: usize = 12;
const MARKERS_PER_LINE: usize = 6;

/// A line whose values are sorted and sound.
#[derive(Debug, Clone)]
pub(crate) struct DrawnLine {
    pub(crate) setting: String,
    pub(crate) part: Part,
    pub(crate) look: Look,
    /// Of the accuracies that are not smoothed.
    pub(crate) best: Option<EpochAccuracy>,
    /// The selected epoch, where it is recorded.
    pub(crate) selected: Option<EpochAccuracy>,
    mark: Mark,
    /// Epochs and percents, ascending in epochs.
    values: Vec<(u32, f64)>,
    smooth: Option<Vec<f64>>,
    /// Epochs and the percents of the ends.
    band: Vec<(u32, f64, f64)>,
}

impl DrawnLine {
    pub(crate) fn new(series: &Series, look: Look, smoothing: Smoothing) -> Self {
        let mut points: Vec<EpochAccuracy> =
            series.points.iter().copied().filter(|point| !point.accuracy.is_nan()).collect();
        points.sort_by_key(|point| point.epoch);
        let best = points
            .iter()
            .copied()
            .reduce(|best, point| if point.accuracy > best.accuracy { point } else { best });
        let selected = match series.mark {
            Mark::Selected(epoch) => points.iter().copied().find(|point| point.epoch == epoch),
            Mark::None | Mark::Best => None,
        };
        let values: Vec<(u32, f64)> =
            points.iter().filter_map(|point| Some((point.epoch, percent_of(point.accuracy)?))).collect();
        let percents: Vec<f64> = values.iter().map(|(_, percent)| *percent).collect();
        let smooth = (smoothing != Smoothing::None).then(|| smoothing.of(&percents));
        let band = series.band.iter().flat_map(|band| &band.points);
        let mut band: Vec<(u32, f64, f64)> = band
            .filter_map(|point| Some((point.epoch, percent_of(point.low)?, percent_of(point.high)?)))
            .collect();
        band.sort_by_key(|(epoch, ..)| *epoch);
        let setting = font::clean(&series.setting);
        Self { setting, part: series.part, look, best, selected, mark: series.mark, values, smooth, band }
    }

    /// `ReLU, test`.
    pub(crate) fn name(&self) -> String {
        if self.setting.is_empty() {
            return self.part.name().to_owned();
        }
        format!("{}, {}", self.setting, self.part.name())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.band.is_empty()
    }

    pub(crate) fn epochs(&self) -> impl Iterator<Item = u32> {
        self.values.iter().map(|(epoch, _)| *epoch).chain(self.band.iter().map(|(epoch, ..)| *epoch))
    }

    /// Everything that the axis must show.
    pub(crate) fn percents(&self) -> impl Iterator<Item = f64> {
        let ends = self.band.iter().flat_map(|(_, low, high)| [*low, *high]);
        self.values.iter().map(|(_, percent)| *percent).chain(ends)
    }

    /// The spread as an area.
    pub(crate) fn band(&self, x: &Scale, y: &Scale, lines: usize) -> Option<Node> {
        if self.band.len() < 2 {
            return None;
        }
        let edge = |end: fn(&(u32, f64, f64)) -> f64| {
            let points = self.band.iter().map(|point| (x.at(f64::from(point.0)), y.at(end(point)))).collect();
            thinned(points, lines)
        };
        let (upper, mut lower) = (edge(|point| point.2), edge(|point| point.1));
        lower.reverse();
        let path = PathData::polygon(upper.into_iter().chain(lower));
        Some(Node::Path { data: Vec::new(), path, paint: Paint::fill(self.look.ink).opacity(0.16) })
    }

    /// The values themselves, where the strong line is a smoothed one.
    pub(crate) fn pale(&self, x: &Scale, y: &Scale, lines: usize) -> Option<Node> {
        self.smooth.as_ref()?;
        let points = self.values.iter().map(|(epoch, percent)| (x.at(f64::from(*epoch)), y.at(*percent)));
        let path = PathData::polyline(thinned(points.collect(), lines));
        Some(Node::Path { data: Vec::new(), path, paint: Paint::stroke(self.look.ink, 0.8).opacity(0.35) })
    }

    /// The line; of a single epoch a dot.
    pub(crate) fn strong(&self, x: &Scale, y: &Scale, lines: usize) -> Option<Node> {
        let points = thinned(self.strong_points(x, y), lines);
        match points.as_slice() {
            [] => None,
            [(x, y)] => {
                let paint = Paint::fill(self.look.ink).and_stroke(Ink::Background, 1.0);
                Some(Node::Circle { x: *x, y: *y, radius: 4.0, paint })
            }
            _ => {
                let data = vec![("name", self.name())];
                let width = (x.pixels.1 - x.pixels.0).abs().max(1.0);
                let paint = self.look.stroke(lines, self.values_per_pixel(width));
                Some(Node::Path { data, path: PathData::polyline(points), paint })
            }
        }
    }

    /// A few shapes along the line, at other places for every setting.
    pub(crate) fn markers(&self, x: &Scale, y: &Scale) -> Vec<Node> {
        let Some(marker) = self.look.marker else { return Vec::new() };
        let points = self.strong_points(x, y);
        if points.len() <= 2 * MARKERS_PER_LINE {
            return points.into_iter().map(|(x, y)| marker.node(x, y, self.look.ink)).collect();
        }
        // The golden ratio spreads any number of settings.
        let shift = (0.5 + 0.618 * self.look.setting as f64).fract();
        let place = |index: usize| {
            let share = (index as f64 + shift) / MARKERS_PER_LINE as f64;
            (share * (points.len() - 1) as f64).round() as usize
        };
        (0..MARKERS_PER_LINE)
            .map(|index| points[place(index)])
            .map(|(x, y)| marker.node(x, y, self.look.ink))
            .collect()
    }

    /// A ring at the marked epoch, at the value itself.
    pub(crate) fn ring(&self, x: &Scale, y: &Scale) -> Option<Node> {
        let point = match self.mark {
            Mark::None => None,
            Mark::Best => self.best,
            Mark::Selected(_) => self.selected,
        }?;
        let (x, y) = (x.at(f64::from(point.epoch)), y.at(percent_of(point.accuracy)?));
        let paint = Paint::fill(Ink::Background).and_stroke(self.look.ink, 2.0);
        Some(Node::Circle { x, y, radius: 4.5, paint })
    }

    /// Of a smooth line nothing jumps from pixel to pixel.
    fn values_per_pixel(&self, width: f64) -> f64 {
        if self.smooth.is_some() { 0.0 } else { self.values.len() as f64 / width }
    }

    fn strong_points(&self, x: &Scale, y: &Scale) -> Vec<(f64, f64)> {
        let percent =
            |index: usize| self.smooth.as_ref().map_or(self.values[index].1, |smooth| smooth[index]);
        let point = |index: usize| (x.at(f64::from(self.values[index].0)), y.at(percent(index)));
        (0..self.values.len()).map(point).collect()
    }
}

fn thinned(points: Vec<(f64, f64)>, lines: usize) -> Vec<(f64, f64)> {
    kept_points(&points, bucket_pixels(lines)).into_iter().map(|index| points[index]).collect()
}

//! A mean accuracy with its interval and the single jobs behind it, as a point with whiskers and dots. It knows no settings.

use super::{
    accuracy::percent_of,
    ink::Ink,
    scale::Scale,
    scene::{Node, Paint, line},
};

/// The accuracy of jobs that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The mean share, 0 to 1.
    pub mean: f64,
    /// The standard deviation between jobs, as a share.
    pub deviation: Option<f64>,
    /// The ends of an interval around the mean, in shares; the figure says of which kind it is.
    pub interval: Option<(f64, f64)>,
    /// The shares of the single jobs.
    pub singles: Vec<f64>,
}

/// In which direction accuracies grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    Up,
}

/// More dots than these are told by their extremes and a fair choice of the others.
pub(crate) const MOST_DOTS: usize = 150;
const DOT_RADIUS: f64 = 2.4;
/// Dots next to each other go to lanes around the first.
const LANES: [f64; 5] = [0.0, -1.0, 1.0, -2.0, 2.0];
const LANE: f64 = 2.6;

impl Estimate {
    /// `87.2 ± 0.8 %`.
    pub(crate) fn text(&self) -> String {
        let Some(mean) = percent_of(self.mean) else { return "-".to_owned() };
        match self.deviation.filter(|deviation| deviation.is_finite()) {
            Some(deviation) => format!("{mean:.1} ± {:.1} %", 100.0 * deviation.abs().min(1.0)),
            None => format!("{mean:.1} %"),
        }
    }

    /// Everything that an axis must show, in percent.
    pub(crate) fn percents(&self) -> impl Iterator<Item = f64> {
        let ends = self.interval.into_iter().flat_map(|(low, high)| [low, high]);
        [self.mean].into_iter().chain(ends).chain(self.singles.iter().copied()).filter_map(percent_of)
    }

    /// The point at `across`, beside its dots.
    pub(crate) fn draw(&self, scale: &Scale, direction: Direction, across: f64, ink: Ink) -> Vec<Node> {
        let place = |along: f64, across: f64| match direction {
            Direction::Right => (along, across),
            Direction::Up => (across, along),
        };
        let has_dots = self.singles.len() > 1;
        let (line_across, dots_across) =
            if has_dots { (across - 5.0, across + 6.5) } else { (across, across) };
        let mut nodes = Vec::new();
        if has_dots {
            let opacity = if self.singles.len() > 40 { 0.3 } else { 0.5 };
            for (along, lane) in lanes(&self.drawn_singles(), scale) {
                let (x, y) = place(along, dots_across + lane * LANE);
                let paint = Paint::fill(ink).opacity(opacity);
                nodes.push(Node::Circle { x, y, radius: DOT_RADIUS, paint });
            }
        }
        if let Some((low, high)) = self.interval
            && let (Some(low), Some(high)) = (percent_of(low), percent_of(high))
        {
            // No bars at the ends: of short intervals they would touch the point.
            let whisker = Paint::stroke(ink, 2.4);
            nodes.push(line(place(scale.at(low), line_across), place(scale.at(high), line_across), whisker));
        }
        if let Some(mean) = percent_of(self.mean) {
            let (x, y) = place(scale.at(mean), line_across);
            let paint = Paint::fill(ink).and_stroke(Ink::Background, 1.0);
            nodes.push(Node::Circle { x, y, radius: 4.4, paint });
        }
        nodes
    }

    /// Ascending percents: the lowest, the highest and evenly many between.
    fn drawn_singles(&self) -> Vec<f64> {
        let mut percents: Vec<f64> = self.singles.iter().copied().filter_map(percent_of).collect();
        percents.sort_by(f64::total_cmp);
        let (count, last) = (percents.len(), percents.len().saturating_sub(1));
        if count <= MOST_DOTS {
            return percents;
        }
        (0..MOST_DOTS).map(|index| percents[index * last / (MOST_DOTS - 1)]).collect()
    }
}

/// Where dots go along the axis, and in which lane they touch the one before the least.
fn lanes(ascending: &[f64], scale: &Scale) -> Vec<(f64, f64)> {
    let mut taken = [f64::NEG_INFINITY; LANES.len()];
    let mut placed = Vec::new();
    for percent in ascending {
        let at = scale.at(*percent);
        let far = |lane: &usize| (at - taken[*lane]).abs();
        let free = (0..LANES.len()).find(|lane| far(lane) >= 2.0 * DOT_RADIUS);
        let lane = free
            .or_else(|| (0..LANES.len()).max_by(|one, other| far(one).total_cmp(&far(other))))
            .unwrap_or(0);
        taken[lane] = at;
        placed.push((at, LANES[lane]));
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(singles: Vec<f64>) -> Estimate {
        Estimate { mean: 0.872, deviation: Some(0.008), interval: None, singles }
    }

    #[test]
    fn many_dots_keep_their_extremes() {
        let drawn = estimate((0..5000).map(|index| f64::from(index) / 5000.0).collect()).drawn_singles();
        assert_eq!(drawn.len(), MOST_DOTS);
        assert_eq!((drawn[0], drawn[MOST_DOTS - 1]), (0.0, 99.98));
    }

    #[test]
    fn dots_of_equal_value_do_not_hide_each_other() {
        let placed = lanes(&[80.0, 80.0, 80.0], &Scale::linear(0.0, 100.0, (0.0, 100.0)));
        assert_eq!(placed, [(80.0, 0.0), (80.0, -1.0), (80.0, 1.0)]);
    }

    #[test]
    fn numbers_are_read_in_percent() {
        assert_eq!(estimate(Vec::new()).text(), "87.2 ± 0.8 %");
        let alone = Estimate { deviation: None, mean: f64::NAN, ..estimate(Vec::new()) };
        assert_eq!(alone.text(), "-");
    }
}

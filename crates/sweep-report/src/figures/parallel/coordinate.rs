//! One axis of the parallel coordinates: where each job crosses it, and its ticks. It knows no colours of jobs.

use super::SoundJob;
use crate::figures::{
    Level,
    font::{self, Weight},
    frame::{Plot, TICK_SIZE},
    ink::Ink,
    level::Arrangement,
    scene::{Node, Paint, Text, line},
};

/// Where jobs cross an axis.
pub(crate) struct Coordinate {
    pub(crate) x: f64,
    /// One a job, in their order.
    pub(crate) crossings: Vec<f64>,
    plot: Plot,
    ticks: Vec<(f64, String)>,
}

/// Jobs at the same value are spread over this share of the room between two values, but not over more than that.
const SPREAD_SHARE: f64 = 0.5;
const LARGEST_SPREAD: f64 = 30.0;
/// Numbers with more different values than these are not spread: their lines are apart already.
const MOST_SPREAD_LEVELS: usize = 20;
const TICK_DISTANCE: f64 = 16.0;
const MISSING: &str = "–";

impl Coordinate {
    /// `jobs` ascend in accuracy.
    pub(crate) fn new(axis: usize, x: f64, plot: &Plot, jobs: &[SoundJob<'_>]) -> Self {
        let level = |job: &SoundJob<'_>| job.job.levels.get(axis).cloned().flatten();
        let levels: Vec<Option<Level>> = jobs.iter().map(level).collect();
        let arrangement = ordered(levels.iter().flatten());
        let is_missing_somewhere = levels.iter().any(Option::is_none);
        // Jobs without the setting cross below all values.
        let lift = if is_missing_somewhere { 0.14 * plot.height } else { 0.0 };
        let half = spread(&arrangement, plot.height - lift) / 2.0;
        let missing_at = plot.bottom() - half - 2.0;
        let inset = match arrangement {
            Arrangement::Numbers { .. } => half + 4.0,
            Arrangement::Places(_) => 0.0,
        };
        let pixels = (plot.bottom() - lift - inset, plot.top + inset);
        let at =
            |level: &Option<Level>| level.as_ref().map_or(missing_at, |level| arrangement.at(level, pixels));
        let places: Vec<f64> = levels.iter().map(at).collect();
        let crossings = spread_out(&places, half);
        let most = (plot.height / 30.0) as usize;
        let mut ticks = arrangement.ticks(pixels, most);
        if is_missing_somewhere {
            ticks.push((missing_at, MISSING.to_owned()));
        }
        Self { x, crossings, plot: *plot, ticks }
    }

    /// The axis and its values, over the lines.
    pub(crate) fn draw(&self, spacing: f64) -> Vec<Node> {
        let axis = Paint::stroke(Ink::Axis, 1.2);
        let mut nodes = vec![line((self.x, self.plot.top), (self.x, self.plot.bottom()), axis)];
        let mut ticks = self.ticks.clone();
        ticks.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut taken = f64::INFINITY;
        for (at, text) in ticks {
            if taken - at < TICK_DISTANCE {
                continue;
            }
            taken = at;
            nodes.push(line((self.x - 3.0, at), (self.x + 3.0, at), axis));
            let text = font::shorten(&text, TICK_SIZE, Weight::Regular, spacing - 14.0);
            nodes.push(Node::Text(Text::centred_on(self.x + 7.0, at, TICK_SIZE, text).halo()));
        }
        nodes
    }
}

/// Places of words in the order of the alphabet: jobs come in no order that means anything.
fn ordered<'a>(levels: impl Iterator<Item = &'a Level>) -> Arrangement {
    match Arrangement::of(levels) {
        Arrangement::Places(mut places) => {
            places.sort_by(|one, other| other.cmp(one));
            Arrangement::Places(places)
        }
        numbers @ Arrangement::Numbers { .. } => numbers,
    }
}

/// Over how many pixels jobs at the same value are spread.
fn spread(arrangement: &Arrangement, height: f64) -> f64 {
    if matches!(arrangement, Arrangement::Numbers { .. }) && arrangement.count() > MOST_SPREAD_LEVELS {
        return 0.0;
    }
    let mut places: Vec<f64> =
        arrangement.ticks((0.0, height), MOST_SPREAD_LEVELS).iter().map(|tick| tick.0).collect();
    places.sort_by(f64::total_cmp);
    let closest = places.windows(2).map(|pair| pair[1] - pair[0]).fold(height, f64::min);
    (SPREAD_SHARE * closest).min(LARGEST_SPREAD)
}

/// The places moved by up to `half` up and down, ascending in the order of jobs of the same place.
fn spread_out(places: &[f64], half: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|one, other| places[*one].total_cmp(&places[*other]));
    let mut crossings = places.to_vec();
    for same in order.chunk_by(|one, other| places[*one] == places[*other]) {
        for (rank, job) in same.iter().enumerate() {
            let share = (rank as f64 + 0.5) / same.len() as f64;
            crossings[*job] += half * (1.0 - 2.0 * share);
        }
    }
    crossings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_of_the_same_value_are_apart_and_better_ones_higher() {
        assert_eq!(spread_out(&[100.0, 50.0, 100.0, 100.0], 6.0), [104.0, 50.0, 100.0, 96.0]);
        assert_eq!(spread_out(&[100.0], 6.0), [100.0]);
    }
}

//! Whether two stretches are the same signal, each channel scaled and shifted as it may be.

/// A correlation below, in absolute terms, is no sameness: the difference is then above 1.4 % of the signal.
const LEAST_CORRELATION: f64 = 0.9999;
/// The difference, as a share of the signal, is taken for no less.
const LEAST_DIFFERENCE: f64 = 1e-5;
/// The difference is at most so much of what the past of the signal does not foretell.
const MOST_OF_SURPRISE: f64 = 0.1;
/// So many samples before a sample foretell it.
const ORDER: usize = 6;
/// Beyond the stretch, samples may differ by so much of its deviation, and of their own distance from its mean.
const TOLERANCE: (f64, f64) = (0.05, 0.02);

/// A trial, `[channel, time]`.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) trial: &'a [f32],
    pub(super) channels: usize,
    pub(super) samples: usize,
}

impl<'a> Place<'a> {
    fn row(&self, channel: usize) -> &'a [f32] {
        &self.trial[channel * self.samples..][..self.samples]
    }
}

/// Where a stretch begins in each of two trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) here: u32,
    pub(super) there: u32,
}

impl Shift {
    pub(super) fn lag(self) -> i64 {
        i64::from(self.there) - i64::from(self.here)
    }
}

/// Stretches as long as those that are compared at first, and every how many samples a signal has changed so much that it says something new.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) length: usize,
    pub(super) stride: usize,
}

/// How many samples around the stretch two trials have in common; `None` if the stretch itself is not the same signal in all channels.
pub(super) fn in_common(one: Place<'_>, other: Place<'_>, shift: Shift, scale: Scale) -> Option<usize> {
    let (here, there, length) = (shift.here as usize, shift.there as usize, scale.length);
    let mut maps = Vec::with_capacity(one.channels);
    for channel in 0..one.channels {
        match compare(&other.row(channel)[there..][..length], &one.row(channel)[here..][..length]) {
            Likeness::Other => return None,
            Likeness::Unknown => {}
            Likeness::Same(map, _) => maps.push((channel, map)),
        }
    }
    let agrees = |from: usize, to: usize| {
        maps.iter().all(|(channel, map)| {
            map.holds(f64::from(other.row(*channel)[from]), f64::from(one.row(*channel)[to]))
        })
    };
    let before = (1..=here.min(there)).take_while(|back| agrees(there - back, here - back)).count();
    let room = one.samples - here.max(there) - length;
    let after = (0..room).take_while(|next| agrees(there + length + next, here + length + next)).count();
    let common = before + length + after;
    let (there, here) = (there - before, here - before);
    let rows = maps
        .iter()
        .map(|(channel, _)| (&other.row(*channel)[there..][..common], &one.row(*channel)[here..][..common]));
    is_no_coincidence(rows, scale.stride).then_some(common)
}

/// Slow waves and sums of sines are alike without being the same, since what is to come follows from what was. Signal that is the same
/// differs by much less than what its own past does not foretell.
fn is_no_coincidence<'a>(rows: impl Iterator<Item = (&'a [f32], &'a [f32])>, stride: usize) -> bool {
    let (mut differences, mut surprises) = (0.0, 0.0);
    for (x, y) in rows {
        match (compare(x, y), surprise(x, stride)) {
            (Likeness::Other, _) => return false,
            (Likeness::Same(_, difference), Some(surprise)) => {
                differences += difference.max(LEAST_DIFFERENCE).powi(2);
                surprises += surprise.powi(2);
            }
            _ => {}
        }
    }
    differences > 0.0 && differences <= MOST_OF_SURPRISE.powi(2) * surprises
}

/// What two stretches of one channel are to each other.
enum Likeness {
    /// Too little is finite, or neither ever changes.
    Unknown,
    Other,
    /// The same signal up to a map, and how much is left, as a share of the signal.
    Same(Map, f64),
}

/// How one signal becomes the other.
struct Map {
    factor: f64,
    mean: f64,
    target_mean: f64,
    deviation: f64,
}

impl Map {
    /// A missing sample contradicts nothing.
    fn holds(&self, from: f64, to: f64) -> bool {
        let distance = self.factor * (from - self.mean);
        let difference = (to - self.target_mean - distance).abs();
        let (of_deviation, of_distance) = TOLERANCE;
        difference.is_nan() || difference <= of_deviation * self.deviation + of_distance * distance.abs()
    }
}

fn compare(x: &[f32], y: &[f32]) -> Likeness {
    let pairs =
        || x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y))).filter(|(x, y)| !(x + y).is_nan());
    let count = pairs().count();
    if 2 * count < x.len() {
        return Likeness::Unknown;
    }
    let (mut mean_x, mut mean_y) = (0.0, 0.0);
    pairs().for_each(|(x, y)| (mean_x, mean_y) = (mean_x + x, mean_y + y));
    (mean_x, mean_y) = (mean_x / count as f64, mean_y / count as f64);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs().map(|(x, y)| (x - mean_x, y - mean_y)) {
        (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
    }
    // What a mean of equal 32-bit numbers is off by.
    let is_flat = |squares: f64, mean: f64| squares <= count as f64 * (1e-12 * mean).powi(2);
    match (is_flat(xx, mean_x), is_flat(yy, mean_y)) {
        (true, true) => return Likeness::Unknown,
        (false, false) => {}
        _ => return Likeness::Other,
    }
    let correlation = xy / (xx * yy).sqrt();
    if correlation.abs() <= LEAST_CORRELATION {
        return Likeness::Other;
    }
    let map =
        Map { factor: xy / xx, mean: mean_x, target_mean: mean_y, deviation: (yy / count as f64).sqrt() };
    Likeness::Same(map, (1.0 - correlation * correlation).max(0.0).sqrt())
}

/// How far the best linear prediction of samples from those before them, `stride` apart, is off, as a share of the signal's deviation.
/// `None` if too few samples are finite.
fn surprise(row: &[f32], stride: usize) -> Option<f64> {
    let stride = stride.min(row.len().checked_sub(2 * ORDER)? / (ORDER + 1)).max(1);
    // Of differences, since a mean over a few waves is not that of the signal.
    let steps: Vec<f64> =
        row.iter().zip(&row[stride..]).map(|(one, next)| f64::from(*next) - f64::from(*one)).collect();
    // Products of each step with the ORDER before it, and with itself in the last row and column.
    let mut products = [[0.0; ORDER + 1]; ORDER + 1];
    let mut rows = 0;
    for first in 0..steps.len().checked_sub(ORDER * stride)? {
        let window: [f64; ORDER + 1] = std::array::from_fn(|lag| steps[first + lag * stride]);
        if window.iter().any(|step| step.is_nan()) {
            continue;
        }
        rows += 1;
        for (line, one) in products.iter_mut().zip(window) {
            for (product, other) in line.iter_mut().zip(window) {
                *product += one * other;
            }
        }
    }
    if rows < 2 * ORDER {
        return None;
    }
    let finite = || row.iter().map(|value| f64::from(*value)).filter(|value| !value.is_nan());
    let count = finite().count() as f64;
    let mean = finite().sum::<f64>() / count;
    let variance = finite().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let share = (residual(products).max(0.0) / (rows - ORDER) as f64 / variance).sqrt();
    share.is_finite().then_some(share)
}

/// What the last of some variables has left when the others have explained what they can: the last pivot of an elimination.
fn residual(mut products: [[f64; ORDER + 1]; ORDER + 1]) -> f64 {
    let least = 64.0 * f64::EPSILON * products[ORDER][ORDER];
    for pivot in 0..ORDER {
        let scale = products[pivot][pivot];
        // What earlier variables explain already explains nothing more.
        if scale <= least {
            continue;
        }
        let explaining = products[pivot];
        for line in products.iter_mut().skip(pivot + 1) {
            let share = line[pivot] / scale;
            line.iter_mut().zip(explaining).for_each(|(product, other)| *product -= share * other);
        }
    }
    products[ORDER][ORDER]
}

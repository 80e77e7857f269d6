//! Which axes of a grid of settings matter: the mean at each level, and the share of the variance that each axis explains.

use std::collections::BTreeMap;

use super::{
    Interval, StatisticsError,
    error::{check_count, check_finite, check_lengths, finite},
    spread::Spread,
};

/// What a grid of settings says of its axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// Each axis, in the order of the columns.
    pub axes: Vec<AxisEffect>,
    /// Share of the total sum of squares between rows of equal settings: what seeds, and all else that is no axis, do.
    /// `None` where all responses are equal. It is 0 where no setting has a second row: the seeds then hide in what is
    /// left.
    pub repetitions: Option<f64>,
    /// What neither an axis alone nor repetitions explain: axes that act together. `None` where all responses are equal,
    /// and in a grid that is not balanced, where the shares of the axes overlap and do not add up.
    pub together: Option<f64>,
}

/// One axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisEffect {
    /// Its levels, ascending.
    pub levels: Vec<LevelMean>,
    /// Share of the total sum of squares between the means of its levels, eta squared; `None` where all responses are
    /// equal.
    pub eta_squared: Option<f64>,
    /// The share that an axis without effect has on average, were the rows independent: (levels - 1) / (rows - 1).
    pub expected_by_chance: f64,
}

/// One level of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelMean {
    /// The level's number.
    pub level: usize,
    /// The responses of all rows at this level, whatever their other settings.
    pub spread: Spread,
    /// Student's t interval of their mean; `None` for a single row and for equal responses.
    pub interval: Option<Interval>,
}

/// The effects of the axes of a grid on `responses`. Each of `rows` has the number of the level of each axis; a seed is no
/// axis. Intervals have `level`. Eta squared is Fisher's correlation ratio ("Statistical Methods for Research Workers",
/// 1925): the sum of squares between the levels' means over the total one, of each axis by itself.
///
/// # Errors
/// Where there are fewer than 2 rows, a row or list differs in length, a response is not finite, or `level` is not between
/// 0 and 1.
pub fn axis_effects(rows: &[Vec<usize>], responses: &[f64], level: f64) -> Result<Axes, StatisticsError> {
    check_lengths(rows.len(), responses.len())?;
    check_count(rows.len(), 2)?;
    check_finite(responses)?;
    for row in rows {
        check_lengths(rows[0].len(), row.len())?;
    }
    let mean = Spread::of(responses)?.mean;
    let total = finite(responses.iter().map(|response| (response - mean).powi(2)).sum())?;
    let share = |squares: f64| (total > 0.0).then(|| squares / total);
    let mut axes = Vec::new();
    for axis in 0..rows[0].len() {
        let groups = grouped(rows.iter().map(|row| row[axis]), responses);
        let levels = groups.iter().map(|(number, values)| level_mean(*number, values, level));
        let levels: Vec<LevelMean> = levels.collect::<Result<_, _>>()?;
        let between =
            levels.iter().map(|level| level.spread.count as f64 * (level.spread.mean - mean).powi(2));
        axes.push(AxisEffect {
            eta_squared: share(between.sum()),
            expected_by_chance: (levels.len() - 1) as f64 / (rows.len() - 1) as f64,
            levels,
        });
    }
    let cells = grouped(rows.iter(), responses);
    let mut within = 0.0;
    for values in cells.values() {
        let deviation = Spread::of(values)?.standard_deviation.unwrap_or(0.0);
        within += (values.len() - 1) as f64 * deviation * deviation;
    }
    let repetitions = share(within);
    let explained: f64 = axes.iter().filter_map(|axis| axis.eta_squared).sum();
    let together = repetitions.filter(|_| is_balanced(&axes, &cells));
    let together = together.map(|repetitions| (1.0 - explained - repetitions).max(0.0));
    Ok(Axes { axes, repetitions, together })
}

fn grouped<Key: Ord>(keys: impl Iterator<Item = Key>, responses: &[f64]) -> BTreeMap<Key, Vec<f64>> {
    let mut groups: BTreeMap<Key, Vec<f64>> = BTreeMap::new();
    for (key, response) in keys.zip(responses) {
        groups.entry(key).or_default().push(*response);
    }
    groups
}

fn level_mean(number: usize, values: &[f64], level: f64) -> Result<LevelMean, StatisticsError> {
    let spread = Spread::of(values)?;
    let interval = match spread.mean_interval(level) {
        Err(StatisticsError::TooFew { .. } | StatisticsError::NoSpread) => None,
        interval => Some(interval?),
    };
    Ok(LevelMean { level: number, spread, interval })
}

/// Whether every combination of levels has rows, and each the same number of them.
fn is_balanced(axes: &[AxisEffect], cells: &BTreeMap<&Vec<usize>, Vec<f64>>) -> bool {
    let combinations = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.levels.len()));
    let sizes: Vec<usize> = cells.values().map(Vec::len).collect();
    combinations == Some(cells.len()) && sizes.windows(2).all(|pair| pair[0] == pair[1])
}

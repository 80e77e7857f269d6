//! What looks wrong with trials as they were recorded: axes in another order, volts, offsets, channels and trials without a
//! signal, saturation, too few validation trials. Changes nothing and refuses nothing.

mod row;
mod words;

use std::mem::discriminant;

use serde::Serialize;
use sweep_job::{Layout, Scale};

use self::row::{Row, rows};
use crate::{DataSet, recording::Recording, sources::Recordings};

/// A channel with a smaller standard deviation is taken for one in volts: batch normalisation adds 1e-5 to the variance, which
/// is then larger than the signal's own.
const SMALLEST_DEVIATION: f64 = 1e-3;
/// A mean of so many standard deviations is an offset.
const OFFSET_DEVIATIONS: f64 = 10.0;
/// A channel with this share of its samples at exactly its extremes is saturated. A Gaussian signal that is clipped at 2.8 standard
/// deviations has as many.
const SATURATED_SHARE: f64 = 0.005;
/// Fewer samples than this are no sign of saturation.
const FEWEST_SATURATED: usize = 100;
/// Accuracies over fewer validation trials move by more than 5 points a trial.
const FEWEST_VALIDATION_TRIALS: usize = 20;

/// Something about a data set that is probably a mistake. Its text says what, and what to do.
///
/// Channels and trials are counted from 0; trials over all files of a part, in their order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// There are more channels than samples, as if the axes were in another order.
    MoreChannelsThanSamples {
        /// Channels of a trial.
        channels: usize,
        /// Samples of a trial.
        samples: usize,
        /// The layout that exchanges the two.
        fitting: Layout,
    },
    /// The signal is so small that it is probably in volts.
    SmallSignal {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The largest standard deviation of a channel.
        standard_deviation: f64,
    },
    /// Channels have a mean far from zero.
    Offset {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The channels.
        channels: Vec<usize>,
        /// The mean of the channel that is farthest off, measured in its standard deviations.
        mean: f64,
        /// The standard deviation of that channel.
        standard_deviation: f64,
    },
    /// Channels never change within a trial.
    FlatChannels {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The channels.
        channels: Vec<usize>,
    },
    /// Channels have no sample that is not missing.
    MissingChannels {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The channels.
        channels: Vec<usize>,
    },
    /// No channel of these trials ever changes.
    FlatTrials {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The trials.
        trials: Vec<usize>,
    },
    /// Trials have no sample that is not missing.
    MissingTrials {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The trials.
        trials: Vec<usize>,
    },
    /// A large share of a channel's samples are exactly its smallest or largest value.
    Saturation {
        /// `train`, `test` or `archive`.
        part: &'static str,
        /// The channels.
        channels: Vec<usize>,
        /// The largest share, 0 to 1.
        share: f64,
    },
    /// The validation set is too small to select anything by it.
    FewValidationTrials {
        /// Its trials.
        trials: usize,
    },
}

/// What is found in the train and the test set, before any preparation.
pub(crate) fn of_parts(source: &Recordings, scale: Scale) -> Vec<Finding> {
    let mut findings = of_signal("train", &source.train, scale);
    // A unit and an offset are as a rule those of both parts.
    let is_known = |finding: &Finding| {
        let is_of_both = matches!(finding, Finding::SmallSignal { .. } | Finding::Offset { .. });
        is_of_both && findings.iter().any(|known| discriminant(known) == discriminant(finding))
    };
    let of_test: Vec<Finding> =
        of_signal("test", &source.test, scale).into_iter().filter(|finding| !is_known(finding)).collect();
    findings.extend(of_test);
    findings
}

/// What is found in one archive by itself.
pub(crate) fn of_archive(recording: &Recording, layout: Layout) -> Vec<Finding> {
    let mut findings = of_axes(recording, layout);
    findings.extend(of_signal("archive", recording, Scale::None));
    findings
}

/// What is found in the prepared set.
pub(crate) fn of_set(set: &DataSet) -> Option<Finding> {
    let trials = set.validation.as_ref()?.trials();
    (trials < FEWEST_VALIDATION_TRIALS).then_some(Finding::FewValidationTrials { trials })
}

/// A sign that the axes are in another order.
pub(crate) fn of_axes(recording: &Recording, layout: Layout) -> Vec<Finding> {
    let &Recording { channels, samples, .. } = recording;
    let fitting = match layout {
        Layout::TrialTimeChannel => Layout::TrialChannelTime,
        Layout::TrialChannelTime => Layout::TrialTimeChannel,
    };
    let is_implausible = channels > samples;
    is_implausible
        .then_some(Finding::MoreChannelsThanSamples { channels, samples, fitting })
        .into_iter()
        .collect()
}

fn of_signal(part: &'static str, recording: &Recording, scale: Scale) -> Vec<Finding> {
    let (channels, trials) = (recording.channels, recording.trials());
    let rows = rows(recording);
    let of_kind = |wanted: &[Row]| {
        let is = |trial: usize, channel: usize| wanted.contains(&rows[trial * channels + channel]);
        let whole: Vec<bool> =
            (0..channels).map(|channel| (0..trials).all(|trial| is(trial, channel))).collect();
        let others: Vec<usize> = (0..channels).filter(|channel| !whole[*channel]).collect();
        // A channel that never has a signal says nothing about a trial.
        let is_empty =
            |trial: &usize| !others.is_empty() && others.iter().all(|channel| is(*trial, *channel));
        let of_channels: Vec<usize> = (0..channels).filter(|channel| whole[*channel]).collect();
        (of_channels, (0..trials).filter(is_empty).collect::<Vec<usize>>())
    };
    let (missing_channels, missing_trials) = of_kind(&[Row::Missing]);
    // What is flat where it is not missing is flat.
    let (mut flat_channels, mut flat_trials) = of_kind(&[Row::Flat, Row::Missing]);
    let varied: Vec<Channel> = (0..channels)
        .filter(|channel| flat_channels.binary_search(channel).is_err())
        .map(|channel| Channel::new(recording, &rows, channel))
        .collect();
    flat_channels.retain(|channel| missing_channels.binary_search(channel).is_err());
    flat_trials.retain(|trial| missing_trials.binary_search(trial).is_err());
    let mut findings = if scale == Scale::None { of_amplitudes(part, &varied) } else { Vec::new() };
    let lists = |list: Vec<usize>, finding: fn(&'static str, Vec<usize>) -> Finding| {
        (!list.is_empty()).then(|| finding(part, list))
    };
    findings.extend(lists(missing_channels, |part, channels| Finding::MissingChannels { part, channels }));
    findings.extend(lists(flat_channels, |part, channels| Finding::FlatChannels { part, channels }));
    findings.extend(lists(missing_trials, |part, trials| Finding::MissingTrials { part, trials }));
    findings.extend(lists(flat_trials, |part, trials| Finding::FlatTrials { part, trials }));
    findings.extend(saturation(part, &varied));
    findings
}

/// A channel over all trials in which it has a signal.
struct Channel {
    number: usize,
    mean: f64,
    standard_deviation: f64,
    /// Samples that are exactly the smallest or the largest.
    at_extremes: usize,
    samples: usize,
}

impl Channel {
    fn new(recording: &Recording, rows: &[Row], number: usize) -> Self {
        let &Recording { channels, samples: length, ref signal, .. } = recording;
        let values = || {
            let of_channel = (0..recording.trials()).map(|trial| trial * channels + number);
            let varied = of_channel.filter(|row| rows[*row] == Row::Varied);
            varied.flat_map(|row| &signal[row * length..][..length]).copied().filter(|value| !value.is_nan())
        };
        let samples = values().count();
        let mean = values().map(f64::from).sum::<f64>() / samples as f64;
        let variance = values().map(|value| (f64::from(value) - mean).powi(2)).sum::<f64>() / samples as f64;
        let (least, most) = values().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        let at_extremes = values().filter(|value| *value == least || *value == most).count();
        Self { number, mean, standard_deviation: variance.sqrt(), at_extremes, samples }
    }

    /// How many standard deviations the mean is off zero; 0 for a channel that is known at one sample only.
    fn deviations_off(&self) -> f64 {
        if self.standard_deviation > 0.0 { self.mean.abs() / self.standard_deviation } else { 0.0 }
    }

    fn share_at_extremes(&self) -> f64 {
        self.at_extremes as f64 / self.samples as f64
    }
}

fn of_amplitudes(part: &'static str, channels: &[Channel]) -> Vec<Finding> {
    let largest = channels.iter().map(|channel| channel.standard_deviation).reduce(f64::max);
    let small = largest
        .filter(|deviation| (0.0..SMALLEST_DEVIATION).contains(deviation) && *deviation > 0.0)
        .map(|standard_deviation| Finding::SmallSignal { part, standard_deviation });
    let off: Vec<&Channel> =
        channels.iter().filter(|channel| channel.deviations_off() >= OFFSET_DEVIATIONS).collect();
    let farthest = off.iter().max_by(|one, other| one.deviations_off().total_cmp(&other.deviations_off()));
    let offset = farthest.map(|farthest| Finding::Offset {
        part,
        channels: off.iter().map(|channel| channel.number).collect(),
        mean: farthest.mean,
        standard_deviation: farthest.standard_deviation,
    });
    small.into_iter().chain(offset).collect()
}

fn saturation(part: &'static str, channels: &[Channel]) -> Option<Finding> {
    let is_saturated = |channel: &&Channel| {
        channel.at_extremes >= FEWEST_SATURATED && channel.share_at_extremes() >= SATURATED_SHARE
    };
    let saturated: Vec<&Channel> = channels.iter().filter(is_saturated).collect();
    let share = saturated.iter().map(|channel| channel.share_at_extremes()).reduce(f64::max)?;
    Some(Finding::Saturation {
        part,
        channels: saturated.iter().map(|channel| channel.number).collect(),
        share,
    })
}

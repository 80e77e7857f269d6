//! The words for each finding, and what to do about it. No other place words them.

use std::fmt;

use sweep_job::Layout;
use sweep_text::listed;

use super::Finding;

/// A warning names at most this many channels or trials, and counts more than that.
const MOST_NAMED: usize = 5;

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoreChannelsThanSamples { channels, samples, fitting } => {
                let axes = match fitting {
                    Layout::TrialTimeChannel => "[trial, time, channel]",
                    Layout::TrialChannelTime => "[trial, channel, time]",
                };
                write!(
                    f,
                    "a trial has {channels} channels but only {samples} samples: are the axes in another order? If \
                     `signal` is {axes}, set `layout = \"{name}\"` in [data], or `--layout {name}` for an archive",
                    name = fitting.name()
                )
            }
            Self::SmallSignal { part, standard_deviation } => write!(
                f,
                "{}: the standard deviation is at most {standard_deviation:.1e}: is the signal in volts? Networks expect \
                 microvolts, so multiply it by 1e6, or set `scale = \"standardize\"` in [data]",
                of_part(part)
            ),
            Self::Offset { part, channels, mean, standard_deviation } => write!(
                f,
                "{}: {} far from zero (mean {}, standard deviation {}): are these raw amplifier counts? Subtract the mean \
                 or use a high-pass filter, or set `scale = \"standardize\"` in [data]",
                of_part(part),
                verb("channel", channels, "is", "are"),
                number(*mean),
                number(*standard_deviation)
            ),
            Self::FlatChannels { part, channels } => write!(
                f,
                "{}: {} constant in every trial: check the electrode, or leave the channel out",
                of_part(part),
                verb("channel", channels, "is", "are")
            ),
            Self::MissingChannels { part, channels } => write!(
                f,
                "{}: {} no samples (all are NaN): leave the channel out, or the network is trained on a constant",
                of_part(part),
                verb("channel", channels, "has", "have")
            ),
            Self::FlatTrials { part, trials } => write!(
                f,
                "{}: {} constant in every channel: leave out what was not recorded",
                of_part(part),
                verb("trial", trials, "is", "are")
            ),
            Self::MissingTrials { part, trials } => write!(
                f,
                "{}: {} no samples (all are NaN): leave out what was not recorded, or the network is trained on a constant",
                of_part(part),
                verb("trial", trials, "has", "have")
            ),
            Self::Saturation { part, channels, share } => write!(
                f,
                "{}: {} saturated: {:.1} % of the samples are exactly at the smallest or largest value. Leave these trials \
                 out, or replace the clipped samples by NaN",
                of_part(part),
                verb("channel", channels, "is", "are"),
                100.0 * share
            ),
            Self::FewValidationTrials { trials } => {
                let trials_text = if *trials == 1 { "trial" } else { "trials" };
                write!(
                    f,
                    "the validation set has only {trials} {trials_text}: one trial is {:.0} points of accuracy. Set a larger \
                     `validation`, or read the epoch that it selects with care",
                    100.0 / *trials as f64
                )
            }
        }
    }
}

fn of_part(part: &str) -> String {
    if part == "archive" { "signal".to_owned() } else { format!("{part} set") }
}

/// `channel 2 is`, `channels 0, 1 and 3 are`, `trials 0, 1, 2, 3, 4 and 12 more are`.
fn verb(what: &str, numbers: &[usize], one: &str, several: &str) -> String {
    if let [number] = numbers {
        return format!("{what} {number} {one}");
    }
    let more = numbers.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    let named = numbers.iter().take(MOST_NAMED).map(usize::to_string).chain(more);
    format!("{what}s {} {several}", listed(named, "and"))
}

/// Three significant digits or more.
fn number(value: f64) -> String {
    match value.abs() {
        size if !(1e-2..1e6).contains(&size) => format!("{value:.2e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

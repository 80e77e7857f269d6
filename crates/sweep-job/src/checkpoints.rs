//! How often a training is saved while it runs.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Serialize};

/// When a training is saved, so that it can go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointInterval {
    /// Never: what is interrupted begins anew.
    Never,
    /// After so many epochs.
    Epochs(NonZeroU32),
    /// After the epoch that ends when so many seconds have passed.
    Seconds(NonZeroU32),
}

impl Default for CheckpointInterval {
    fn default() -> Self {
        Self::Seconds(NonZeroU32::MIN.saturating_add(19))
    }
}

/// A text that is no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no interval: expected a number of epochs (`10`), of seconds or minutes (`30s`, `5min`), or `never`"
)]
pub struct IntervalError(pub String);

impl FromStr for CheckpointInterval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let number = |digits: &str| digits.parse::<NonZeroU32>().ok();
        let found = if text == "never" {
            Some(Self::Never)
        } else if let Some(minutes) = text.strip_suffix("min") {
            number(minutes)
                .and_then(|minutes| minutes.checked_mul(const { NonZeroU32::new(60).unwrap() }))
                .map(Self::Seconds)
        } else if let Some(seconds) = text.strip_suffix('s') {
            number(seconds).map(Self::Seconds)
        } else {
            number(text).map(Self::Epochs)
        };
        found.ok_or_else(|| IntervalError(text.to_owned()))
    }
}

impl fmt::Display for CheckpointInterval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => formatter.write_str("never"),
            Self::Epochs(epochs) => write!(formatter, "{epochs}"),
            Self::Seconds(seconds) => write!(formatter, "{seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_and_written() {
        for text in ["never", "1", "250", "30s", "4294967295"] {
            assert_eq!(
                text.parse::<CheckpointInterval>().map(|interval| interval.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!(
            "5min".parse::<CheckpointInterval>().map(|interval| interval.to_string()),
            Ok("300s".to_owned())
        );
        assert_eq!(CheckpointInterval::default().to_string(), "20s");
        for text in ["", "0", "0s", "-1", "1.5s", "5 s", "4294967296", "99999999min", "s", "min", "1h"] {
            assert_eq!(text.parse::<CheckpointInterval>(), Err(IntervalError(text.to_owned())));
        }
    }
}

//! Signal that is in two parts of a data set: identical trials, and stretches that overlapping windows have in common. It looks at
//! samples as recorded, and a channel that was scaled or shifted is still the same signal.
//!
//! A pattern of turns finds candidates in time linear in the samples; comparing the stretches decides.

pub(crate) mod identical;
mod parts;
mod stretch;
mod turns;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests;

use std::collections::HashSet;

use sweep_job::{DataSpec, Leaks, SharedExample, SharedTrials};

use self::{
    identical::Distinct,
    parts::Places,
    stretch::{Place, Shift},
    turns::{TurnIndex, Turns},
};
use crate::{DataError, recording::Recording, sources::Recordings};

/// So many candidates of one trial are compared.
const MOST_COMPARED: usize = 256;

/// What the train, validation and test set that `spec` makes of `source` have in common.
pub(crate) fn find(source: &Recordings, spec: &DataSpec) -> Result<Leaks, DataError> {
    let places = Places::new(source, spec)?;
    let [train, validation] =
        [&places.train, &places.validation].map(|trials| Part { recording: &source.train, trials });
    let test = Part { recording: &source.test, trials: &places.test };
    // One index at a time, to save memory.
    let [test_with_train, validation_with_train] = {
        let known = Known::new(train);
        [test, validation].map(|part| known.shared_with(part))
    };
    Ok(Leaks {
        test_with_train,
        validation_with_train,
        test_with_validation: Known::new(validation).shared_with(test),
        ..places.nothing_shared(source, spec)
    })
}

/// The same for a source whose trials cannot share signal, without looking at it.
pub(crate) fn nothing(source: &Recordings, spec: &DataSpec) -> Result<Leaks, DataError> {
    Ok(Places::new(source, spec)?.nothing_shared(source, spec))
}

/// Some trials of a recording.
#[derive(Clone, Copy)]
struct Part<'a> {
    recording: &'a Recording,
    /// Their places in the recording.
    trials: &'a [usize],
}

impl<'a> Part<'a> {
    fn trial(&self, number: usize) -> &'a [f32] {
        let values = self.recording.trial_values();
        &self.recording.signal[self.trials[number] * values..][..values]
    }

    fn signals(self) -> impl Iterator<Item = &'a [f32]> {
        (0..self.trials.len()).map(move |number| self.trial(number))
    }
}

/// What the trials of other parts are compared with.
struct Known<'a> {
    part: Part<'a>,
    distinct: Distinct<'a>,
    index: Option<TurnIndex>,
}

impl<'a> Known<'a> {
    fn new(part: Part<'a>) -> Self {
        let index = Turns::of(part).map(|turns| TurnIndex::new(turns, part));
        Self { part, distinct: Distinct::new(part.signals()), index }
    }

    /// The trials of `part` that share signal with a known one.
    fn shared_with(&self, part: Part<'_>) -> SharedTrials {
        let samples = part.recording.samples;
        let mut shared = SharedTrials { trials: part.trials.len() as u32, ..SharedTrials::default() };
        for number in 0..part.trials.len() {
            let Some((other, common)) = self.counterpart(part.trial(number)) else { continue };
            shared.shared += 1;
            shared.identical += u32::from(common == samples);
            if shared.example.is_none_or(|example| (example.samples as usize) < common) {
                shared.example = Some(SharedExample {
                    trial: part.trials[number] as u32,
                    other_trial: self.part.trials[other] as u32,
                    samples: common as u32,
                });
            }
        }
        shared
    }

    /// A known trial that shares signal with `trial`, the one that shares most, and how many samples.
    fn counterpart(&self, trial: &[f32]) -> Option<(usize, usize)> {
        let (channels, samples) = (self.part.recording.channels, self.part.recording.samples);
        if let Some(same) = self.distinct.find(trial) {
            return Some((same, samples));
        }
        let index = self.index.as_ref()?;
        let mut seen = HashSet::new();
        let mut candidates: Vec<_> = index
            .candidates(trial)
            .map(|(place, other)| (other.trial, Shift { here: place, there: other.sample }))
            .filter(|(other, shift)| seen.insert((*other, shift.lag())))
            .collect();
        // The smaller the lag, the more they can have in common.
        candidates.sort_by_key(|(other, shift)| (shift.lag().unsigned_abs(), *other));
        candidates.into_iter().take(MOST_COMPARED).find_map(|(other, shift)| {
            let one = Place { trial, channels, samples };
            let other_place = Place { trial: self.part.trial(other as usize), channels, samples };
            Some((other as usize, stretch::in_common(one, other_place, shift, index.scale())?))
        })
    }
}

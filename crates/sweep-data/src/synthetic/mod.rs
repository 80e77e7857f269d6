//! The built-in set: two-channel EEG of imagined hand movement, generated from a seed. Knows no files.
//!
//! What it imitates, and by which sources, stands in docs/data.md.

mod filter;
mod subject;
mod trial;

use std::{panic, thread};

use sweep_random::{Purpose, Stream};

use crate::recording::{FiniteSum, Recording, kept_trials};
use subject::SUBJECTS;
use trial::{Hand, Recorder};

/// Changes whenever the generator changes so that a seed gives other bits.
pub const GENERATOR_VERSION: u32 = 1;

/// Samples a second.
pub(crate) const SAMPLING_RATE_HZ: f64 = 125.0;
const SAMPLES: usize = 750;
const CHANNELS: usize = 2;
const TRIALS_A_SUBJECT: usize = 540;
const TRIALS: usize = SUBJECTS.len() * TRIALS_A_SUBJECT;
/// Left hand and right hand.
pub(crate) const LABELS: [i64; 2] = [1, 2];

/// The train and the test set of `seed`: 1080 trials each, first those of subject 0, then those of subject 1,
/// half of each with the label 1 (left hand) and half with 2 (right hand), in random order. Of each set, those that
/// `limit` keeps.
pub(crate) fn generate(seed: u64, limit: Option<usize>) -> [Recording; 2] {
    let [mut train, mut test] = outline(seed, limit);
    // A trial depends on no other, so that the number of threads changes no bit.
    let has_both = thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, || record(seed, 0, &mut train));
        record(seed, 1, &mut test);
        other.map(|other| other.join().unwrap_or_else(|panic| panic::resume_unwind(panic))).is_ok()
    });
    // The system may allow no second thread.
    if !has_both {
        record(seed, 0, &mut train);
    }
    [train, test]
}

/// The same without signals: they are empty. It takes no time.
pub(crate) fn outline(seed: u64, limit: Option<usize>) -> [Recording; 2] {
    [0, 1].map(|part| {
        let hands: Vec<Vec<Hand>> = (0..SUBJECTS.len()).map(|subject| hands(seed, part, subject)).collect();
        let kept = || kept_trials(TRIALS, limit.unwrap_or(TRIALS)).map(place);
        Recording {
            channels: CHANNELS,
            samples: SAMPLES,
            signal: Vec::new(),
            sums: kept().map(|_| FiniteSum::default()).collect(),
            labels: kept().map(|(subject, trial)| label(hands[subject][trial])).collect(),
            subjects: Some(kept().map(|(subject, _)| subject as i64).collect()),
        }
    })
}

/// Subject, and number among the subject's trials, of a trial.
fn place(trial: usize) -> (usize, usize) {
    (trial / TRIALS_A_SUBJECT, trial % TRIALS_A_SUBJECT)
}

/// Adds the signals to the outline of a part.
fn record(seed: u64, part: u32, recording: &mut Recording) {
    let trials = recording.trials();
    recording.signal.reserve_exact(trials * CHANNELS * SAMPLES);
    let mut recorders: Vec<Recorder<'_>> = SUBJECTS.iter().map(Recorder::new).collect();
    for (index, trial) in kept_trials(TRIALS, trials).enumerate() {
        let hand = if recording.labels[index] == LABELS[0] { Hand::Left } else { Hand::Right };
        let stream = Stream::new(seed, Purpose::Synthetic, part, trial as u32);
        let signal = recorders[place(trial).0].record(hand, stream);
        let finite = signal.as_flattened().iter().filter(|value| !value.is_nan());
        finite.for_each(|value| recording.sums[index].add(f64::from(*value)));
        recording.signal.extend_from_slice(signal.as_flattened());
    }
}

fn label(hand: Hand) -> i64 {
    match hand {
        Hand::Left => LABELS[0],
        Hand::Right => LABELS[1],
    }
}

/// The order of the hands of one subject in one part.
fn hands(seed: u64, part: u32, subject: usize) -> Vec<Hand> {
    let mut hands = [[Hand::Left; TRIALS_A_SUBJECT / 2], [Hand::Right; TRIALS_A_SUBJECT / 2]].concat();
    // Steps from above, so that no trial shares them.
    Stream::new(seed, Purpose::Synthetic, part, u32::MAX - subject as u32).draws().shuffle(&mut hands);
    hands
}

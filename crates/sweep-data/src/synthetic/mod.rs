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
    let generate = |part| generate_part(seed, part, limit.unwrap_or(TRIALS));
    // A trial depends on no other, so that the number of threads changes no bit.
    thread::scope(|scope| {
        let train = scope.spawn(move || generate(0));
        let test = generate(1);
        [train.join().unwrap_or_else(|panic| panic::resume_unwind(panic)), test]
    })
}

fn generate_part(seed: u64, part: u32, limit: usize) -> Recording {
    let trials = limit.min(TRIALS);
    let mut recording = Recording {
        channels: CHANNELS,
        samples: SAMPLES,
        signal: Vec::with_capacity(trials * CHANNELS * SAMPLES),
        sums: Vec::with_capacity(trials),
        labels: Vec::with_capacity(trials),
        subjects: Some(Vec::with_capacity(trials)),
    };
    let mut kept = kept_trials(TRIALS, limit).peekable();
    for (number, subject) in SUBJECTS.iter().enumerate() {
        let mut recorder = Recorder::new(subject);
        let hands = hands(seed, part, number);
        while let Some(trial) = kept.next_if(|trial| trial / TRIALS_A_SUBJECT == number) {
            let hand = hands[trial % TRIALS_A_SUBJECT];
            let signal = recorder.record(hand, Stream::new(seed, Purpose::Synthetic, part, trial as u32));
            let mut sum = FiniteSum::default();
            signal.as_flattened().iter().filter(|value| !value.is_nan()).for_each(|v| sum.add(f64::from(*v)));
            recording.signal.extend_from_slice(signal.as_flattened());
            recording.sums.push(sum);
            recording.labels.push(match hand {
                Hand::Left => LABELS[0],
                Hand::Right => LABELS[1],
            });
            recording.subjects.iter_mut().for_each(|subjects| subjects.push(number as i64));
        }
    }
    recording
}

/// The order of the hands of one subject in one part.
fn hands(seed: u64, part: u32, subject: usize) -> Vec<Hand> {
    let mut hands = [[Hand::Left; TRIALS_A_SUBJECT / 2], [Hand::Right; TRIALS_A_SUBJECT / 2]].concat();
    // Steps from above, so that no trial shares them.
    Stream::new(seed, Purpose::Synthetic, part, u32::MAX - subject as u32).draws().shuffle(&mut hands);
    hands
}

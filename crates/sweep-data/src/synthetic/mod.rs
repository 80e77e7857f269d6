//! The built-in set: two-channel EEG of imagined hand movement, generated from a seed. Knows no files.
//!
//! What it imitates, and by which sources, stands in docs/data.md.

mod filter;
mod subject;
mod trial;

use sweep_random::{Purpose, Stream};

use crate::recording::{FiniteSum, Recording};
use subject::SUBJECTS;
use trial::{Hand, Recorder};

/// Changes whenever the generator changes so that a seed gives other bits.
pub const GENERATOR_VERSION: u32 = 1;

/// Samples a second.
pub(crate) const SAMPLING_RATE_HZ: f64 = 125.0;
const SAMPLES: usize = 750;
const CHANNELS: usize = 2;
const TRIALS_A_SUBJECT: usize = 540;

/// The train and the test set of `seed`: 1080 trials each, first those of subject 0, then those of subject 1,
/// half of each with the label 1 (left hand) and half with 2 (right hand), in random order.
pub(crate) fn generate(seed: u64) -> [Recording; 2] {
    [generate_part(seed, 0), generate_part(seed, 1)]
}

fn generate_part(seed: u64, part: u32) -> Recording {
    let trials = SUBJECTS.len() * TRIALS_A_SUBJECT;
    let mut recording = Recording {
        channels: CHANNELS,
        samples: SAMPLES,
        signal: Vec::with_capacity(trials * CHANNELS * SAMPLES),
        sums: Vec::with_capacity(trials),
        labels: Vec::with_capacity(trials),
        subjects: Some(Vec::with_capacity(trials)),
    };
    for (number, subject) in SUBJECTS.iter().enumerate() {
        let mut recorder = Recorder::new(subject);
        for (index, hand) in hands(seed, part, number).into_iter().enumerate() {
            let step = (number * TRIALS_A_SUBJECT + index) as u32;
            let signal = recorder.record(hand, Stream::new(seed, Purpose::Synthetic, part, step));
            let mut sum = FiniteSum::default();
            signal.as_flattened().iter().filter(|value| !value.is_nan()).for_each(|v| sum.add(f64::from(*v)));
            recording.signal.extend_from_slice(signal.as_flattened());
            recording.sums.push(sum);
            recording.labels.push(match hand {
                Hand::Left => 1,
                Hand::Right => 2,
            });
        }
        if let Some(subjects) = &mut recording.subjects {
            subjects.extend([number as i64; TRIALS_A_SUBJECT]);
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

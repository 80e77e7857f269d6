//! Overlapping windows are found however they are scaled, and nothing else is.

use proptest::prelude::*;
use sweep_random::{Draws, Purpose, Stream};

use super::*;

/// Samples of a trial, and channels of it.
const SAMPLES: usize = 160;
const CHANNELS: usize = 3;

fn draws(seed: u64) -> Draws {
    Stream::new(seed, Purpose::Synthetic, 0, 0).draws()
}

fn recording(channels: usize, samples: usize, trials: Vec<Vec<f32>>) -> Recording {
    Recording {
        channels,
        samples,
        sums: vec![Default::default(); trials.len()],
        labels: (0..trials.len() as i64).map(|trial| trial % 2).collect(),
        signal: trials.concat(),
        subjects: None,
    }
}

/// What trials of `test` share with trials of `train`.
fn shared(train: &Recording, test: &Recording) -> SharedTrials {
    let [all, tested] = [train, test].map(|part| (0..part.trials()).collect::<Vec<_>>());
    Known::new(Part { recording: train, trials: &all }).shared_with(Part { recording: test, trials: &tested })
}

/// A noise with a spectrum like that of an EEG, in microvolt: slow waves, an alpha rhythm, and a floor.
fn noise(draws: &mut Draws, samples: usize) -> Vec<f64> {
    let (mut slow, mut alpha) = (0.0, [0.0; 2]);
    let mut step = || {
        slow = 0.98 * slow + draws.normal();
        let next = 1.83 * alpha[0] - 0.96 * alpha[1] + draws.normal();
        alpha = [next, alpha[0]];
        4.0 * slow + alpha[0] + 0.5 * draws.normal()
    };
    (0..200).for_each(|_| {
        step();
    });
    (0..samples).map(|_| step()).collect()
}

/// Windows of continuous recordings of `channels`, `step` samples apart, and the recording and sample where each begins.
fn windows(seed: u64, channels: usize, recordings: usize, step: usize) -> Vec<((usize, usize), Vec<f32>)> {
    let mut draws = draws(seed);
    let mut windows = Vec::new();
    for number in 0..recordings {
        let rows: Vec<Vec<f64>> = (0..channels).map(|_| noise(&mut draws, 4 * SAMPLES)).collect();
        for begin in (0..=3 * SAMPLES).step_by(step) {
            let window = rows.iter().flat_map(|row| &row[begin..begin + SAMPLES]).map(|value| *value as f32);
            windows.push(((number, begin), window.collect()));
        }
    }
    windows
}

/// Every window of a channel by itself, scaled and shifted as `map` says of its number and channel.
fn rescaled(trial: &[f32], mut map: impl FnMut(usize) -> (f64, f64)) -> Vec<f32> {
    let rows = trial.chunks_exact(SAMPLES).enumerate();
    rows.flat_map(|(channel, row)| {
        let (factor, offset) = map(channel);
        row.iter().map(move |value| (f64::from(*value) * factor + offset) as f32).collect::<Vec<_>>()
    })
    .collect()
}

/// Windows that are dealt at random into train and test.
fn check_windows(channels: usize, step: usize, map: impl Fn(&[f32], usize) -> Vec<f32>) {
    let mut windows = windows(7, channels, 12, step);
    draws(3).shuffle(&mut windows);
    let test = windows.split_off(windows.len() * 4 / 5);
    // As long as the shortest overlap that must be found.
    let overlap = 60;
    let is_shared = |(number, begin): (usize, usize)| {
        windows.iter().any(|((other, at), _)| *other == number && at.abs_diff(begin) <= SAMPLES - overlap)
    };
    let expected = test.iter().filter(|(place, _)| is_shared(*place)).count();
    let train = recording(channels, SAMPLES, windows.into_iter().map(|(_, window)| window).collect());
    let trials = test.iter().enumerate().map(|(number, (_, window))| map(window, number));
    let found = shared(&train, &recording(channels, SAMPLES, trials.collect()));
    assert!(expected * 4 > test.len() * 3, "{expected} of {}", test.len());
    assert_eq!((found.shared, found.trials, found.identical), (expected as u32, test.len() as u32, 0));
    let example = found.example.unwrap();
    assert_eq!(example.samples as usize, SAMPLES - step, "the longest overlap");
}

#[test]
fn overlapping_windows_are_found_as_they_are() {
    for (channels, step) in [(CHANNELS, 80), (CHANNELS, 16), (1, 80), (1, 16), (12, 40)] {
        check_windows(channels, step, |window, _| window.to_vec());
    }
}

#[test]
fn overlapping_windows_are_found_if_the_test_set_was_rescaled() {
    // Volts and an offset, upside down; the resolution of a 32-bit float at 40,000 is 0.004.
    check_windows(CHANNELS, 80, |window, _| {
        rescaled(window, |channel| [(1e-6, 0.0), (-0.3, 2.0), (3.0, 40_000.0)][channel])
    });
}

#[test]
fn overlapping_windows_are_found_if_each_was_standardised_by_itself() {
    check_windows(CHANNELS, 80, |window, number| {
        let mut draws = draws(number as u64);
        rescaled(window, |_| (0.01 + draws.uniform(), 10.0 * draws.normal()))
    });
}

#[test]
fn overlapping_windows_are_found_in_16_bit_floats() {
    let rounded = |value: f32| half::f16::from_f32(value).to_f32();
    check_windows(CHANNELS, 40, |window, _| window.iter().map(|value| rounded(*value)).collect());
}

#[test]
fn a_split_by_recording_shares_nothing() {
    for (channels, step) in [(CHANNELS, 80), (1, 16)] {
        let windows = windows(5, channels, 12, step);
        let of = |wanted: fn(usize) -> bool| {
            let chosen = windows.iter().filter(|((number, _), _)| wanted(*number));
            recording(channels, SAMPLES, chosen.map(|(_, window)| window.clone()).collect())
        };
        let found = shared(&of(|number| number < 9), &of(|number| number >= 9));
        assert_eq!((found.shared, found.identical, found.example), (0, 0, None));
    }
}

#[test]
fn identical_trials_are_counted_also_if_they_were_rescaled() {
    let windows = windows(1, CHANNELS, 10, SAMPLES);
    let trials: Vec<Vec<f32>> = windows.into_iter().map(|(_, window)| window).collect();
    let mut test = trials[30..].to_vec();
    test[2] = trials[4].clone();
    test[5] = rescaled(&trials[6], |channel| (0.1 + channel as f64, -1.0));
    // A trial with a gap is still itself.
    let mut train = trials[..30].to_vec();
    train[8][20..40].fill(f32::NAN);
    test[7] = train[8].clone();
    let found = shared(&recording(CHANNELS, SAMPLES, train), &recording(CHANNELS, SAMPLES, test));
    assert_eq!((found.shared, found.identical), (3, 3));
    let example = SharedExample { trial: 2, other_trial: 4, samples: SAMPLES as u32 };
    assert_eq!(found.example, Some(example));
}

#[test]
fn a_gap_hides_no_overlap() {
    for channels in [1, CHANNELS] {
        let mut windows = windows(2, channels, 8, 40);
        for ((_, begin), window) in &mut windows {
            // The amplifier clipped in every recording: all channels miss the same samples.
            for channel in 0..channels {
                let missing = |sample: &usize| (*begin + sample) % 130 < 5;
                (0..SAMPLES).filter(missing).for_each(|sample| window[channel * SAMPLES + sample] = f32::NAN);
            }
        }
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (number, (_, window)) in windows.into_iter().enumerate() {
            if number % 2 == 0 { train.push(window) } else { test.push(window) }
        }
        let found = shared(&recording(channels, SAMPLES, train), &recording(channels, SAMPLES, test));
        assert_eq!(found.shared, found.trials);
    }
}

/// Trials that no one should take for each other.
fn unrelated(kind: usize, channels: usize, draws: &mut Draws) -> Vec<f32> {
    const LONG: usize = 400;
    let row = |draws: &mut Draws| -> Vec<f64> {
        let phase = std::f64::consts::TAU * draws.uniform();
        let (amplitude, turn) = (0.5 + draws.uniform(), std::f64::consts::TAU / 250.0);
        let wave = |hertz: f64| move |sample: usize| (turn * hertz * sample as f64 + phase).sin() * amplitude;
        let samples = 0..LONG;
        match kind {
            // Narrow bands, of which the narrowest is nearly a sine.
            0..3 => {
                let (radius, hertz) = [(0.95, 20.0), (0.99, 10.0), (0.999, 5.0)][kind];
                let mut past = [0.0; 2];
                let mut step = || {
                    let next = 2.0 * radius * (turn * hertz).cos() * past[0] - radius * radius * past[1]
                        + draws.normal();
                    past = [next, past[0]];
                    next
                };
                (0..3000).for_each(|_| {
                    step();
                });
                samples.map(|_| step()).collect()
            }
            3 => noise(draws, LONG),
            4 => samples.map(wave(10.0)).collect(),
            5 => samples.map(wave(0.4)).collect(),
            6 => samples.map(|sample| wave(50.0)(sample) + wave(13.7)(2 * sample + 1)).collect(),
            // Few values, many of them equal.
            7 => samples.map(|_| f64::from(draws.below(4))).collect(),
            // An amplifier at its limits.
            8 => samples.map(|_| (30.0 * draws.normal()).clamp(-20.0, 20.0)).collect(),
            9 => vec![3276.7; LONG],
            10 => vec![f64::NAN; LONG],
            // The end is padded.
            _ => noise(draws, LONG - 100).into_iter().chain([0.0; 100]).collect(),
        }
    };
    (0..channels).flat_map(|_| row(draws)).map(|value| value as f32).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn unrelated_trials_share_nothing(seed: u64, channels in 1usize..4) {
        for kind in 0..12 {
            let mut draws = draws(seed);
            let mut part = || {
                let trials = (0..60).map(|_| unrelated(kind, channels, &mut draws)).collect();
                recording(channels, 400, trials)
            };
            let found = shared(&part(), &part());
            prop_assert_eq!((found.shared, found.identical), (0, 0), "kind {}: {:?}", kind, found);
        }
    }
}

#[test]
fn the_synthetic_set_shares_nothing() {
    for seed in [0, 1] {
        let [train, test] = crate::synthetic::generate(seed, Some(300));
        assert_eq!(shared(&train, &test).shared, 0);
    }
}

#[test]
fn trials_too_short_for_a_stretch_can_still_be_identical() {
    let part = |trials: &[[f32; 3]]| recording(1, 3, trials.iter().map(|trial| trial.to_vec()).collect());
    let train = part(&[[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]]);
    let found = shared(&train, &part(&[[1.0, 2.0, 3.0], [4.0, 4.0, 4.0], [1.0, 2.0, 4.0]]));
    // A constant trial tells nothing.
    assert_eq!((found.shared, found.identical), (1, 1));
}

//! The built-in set: what it promises of shape, repeatability and difficulty.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use sweep_data::{Baseline, DataSet, TrialSet, band_power_lda, examine, inspect_set, load};
use sweep_job::{DataSource, DataSpec, Scale, Scaling, ValidationBy, sources};

fn spec(seed: u64) -> DataSpec {
    let source = DataSource::Synthetic(sources::Synthetic { seed });
    DataSpec {
        source,
        validation: 0.0,
        validation_by: ValidationBy::Trial,
        validation_seed: 0,
        scale: Scale::None,
        limit: None,
    }
}

static SET: LazyLock<DataSet> = LazyLock::new(|| generate(0));

fn generate(seed: u64) -> DataSet {
    load(&spec(seed)).unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

fn checksum(set: &DataSet) -> String {
    let mut hash = Sha256::new();
    for part in [&set.train, &set.test] {
        part.signal.iter().for_each(|value| hash.update(value.to_le_bytes()));
        part.labels.iter().for_each(|label| hash.update(label.to_le_bytes()));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every platform computes these bits. Whoever changes them changes the generator's version too.
#[test]
fn the_bits_of_a_seed_are_fixed() {
    assert_eq!(sweep_data::GENERATOR_VERSION, 1);
    assert_eq!(checksum(&SET), "c6bd432e5782dcbce4d3e123a80b228e247993fc72e1461e3ae4b9b1fd360898");
    assert_ne!(checksum(&SET), checksum(&generate(1)));
}

#[test]
fn an_outline_is_the_set_without_its_signal() {
    for (limit, validation, scale) in
        [(None, 0.0, Scale::None), (None, 0.2, Scale::Standardize), (Some(101), 0.3, Scale::None)]
    {
        let spec = DataSpec { limit, validation, scale, ..spec(2) };
        let without_signal = |set: TrialSet| TrialSet { signal: Vec::new(), ..set };
        let set = load(&spec).unwrap();
        let expected = DataSet {
            train: without_signal(set.train),
            validation: set.validation.map(without_signal),
            test: without_signal(set.test),
            scaling: Scaling::None,
            ..set
        };
        assert_eq!(examine(&spec, None).unwrap().set, expected);
    }
    for wrong in
        [DataSpec { limit: Some(1), ..spec(0) }, DataSpec { limit: Some(4), validation: 0.1, ..spec(0) }]
    {
        assert_eq!(examine(&wrong, None).unwrap_err().to_string(), load(&wrong).unwrap_err().to_string());
    }
}

/// Trials that a limit leaves out are not generated, and the others are what they are without it.
#[test]
fn a_limit_takes_trials_out_and_changes_none() {
    for limit in [3, 100, 1079, 1080, 5000] {
        let limited = load(&DataSpec { limit: Some(limit), ..spec(0) }).unwrap();
        for (all, part) in [(&SET.train, &limited.train), (&SET.test, &limited.test)] {
            let count = 1080.min(limit as usize);
            assert_eq!(part.trials(), count);
            // A clipped sample is filled with the mean of the trials that are left.
            let differing = (0..count)
                .flat_map(|index| {
                    let trial = index * 1080 / count;
                    assert_eq!(part.labels[index], all.labels[trial]);
                    let values = |set: &sweep_data::TrialSet, trial: usize| {
                        set.signal[trial * 1500..][..1500].to_vec()
                    };
                    values(part, index).into_iter().zip(values(all, trial))
                })
                .filter(|(one, other)| one != other)
                .map(|(one, _)| one.to_bits())
                .collect::<std::collections::HashSet<_>>();
            assert!(differing.len() <= 1, "{limit}: {differing:?}");
        }
    }
    assert_eq!(checksum(&load(&DataSpec { limit: Some(1080), ..spec(0) }).unwrap()), checksum(&SET));
}

#[test]
fn it_has_the_shapes_of_the_lab_and_is_balanced_by_subject() {
    let set = &*SET;
    assert_eq!((set.channels, set.samples, set.sampling_rate_hz), (2, 750, Some(125.0)));
    assert_eq!(set.classes, [1, 2]);
    for part in [&set.train, &set.test] {
        assert_eq!((part.trials(), part.signal.len()), (1080, 1080 * 1500));
        for subject in 0..2 {
            let range = subject * 540..(subject + 1) * 540;
            assert!(part.subjects.as_ref().unwrap()[range.clone()].iter().all(|s| *s == subject as i64));
            assert_eq!(part.labels[range].iter().filter(|label| **label == 0).count(), 270);
        }
        assert!(part.signal.iter().all(|value| value.abs() <= 50.0));
    }
}

/// A baseline of 70 to 85 %, so that a network has something to learn and something to gain.
#[test]
fn the_baseline_lies_where_it_should_for_several_seeds() {
    for seed in 0..4 {
        let accuracy = band_power_lda(&generate(seed)).unwrap();
        assert!((0.70..=0.85).contains(&accuracy), "seed {seed}: {accuracy}");
    }
}

#[test]
fn its_inspection_reads_so() {
    let inspection = inspect_set(&spec(0)).unwrap();
    assert!(matches!(inspection.baseline, Some(Baseline::Accuracy(_))));
    assert_eq!(inspection.test_trials_in_train, Some(0));
    insta::assert_snapshot!(inspection);
}

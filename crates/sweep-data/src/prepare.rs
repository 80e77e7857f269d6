//! From trials as recorded to a data set, in this order: limit, classes, missing samples, validation split,
//! scaling. Knows no files.

use sweep_job::{DataSpec, Scale, Scaling};

use crate::{
    DataError, DataSet, TrialSet,
    recording::Recording,
    scale,
    sources::{Recordings, distinct},
    split::{self, Split},
};

/// Refuses options that no data set allows.
pub(crate) fn check_options(spec: &DataSpec) -> Result<(), DataError> {
    if !(0.0..1.0).contains(&spec.validation) {
        return Err(DataError::ValidationShare { share: spec.validation });
    }
    match spec.limit {
        Some(0) => Err(DataError::LimitZero),
        _ => Ok(()),
    }
}

/// Prepares `source` as `spec` says.
pub(crate) fn prepare(source: Recordings, spec: &DataSpec) -> Result<DataSet, DataError> {
    let mut source = select(source, spec)?;
    for (recording, part) in [(&mut source.train, "train"), (&mut source.test, "test")] {
        let mean = recording.finite_mean().ok_or(DataError::NothingFinite { part })?;
        recording.fill_missing(mean);
    }
    let mut set = arrange(source, spec)?;
    match spec.scale {
        Scale::None => {}
        Scale::Standardize => scale::standardize(&mut set)?,
    }
    Ok(set)
}

/// The same for trials without signals: all that does not need them.
pub(crate) fn prepare_outline(outline: Recordings, spec: &DataSpec) -> Result<DataSet, DataError> {
    arrange(select(outline, spec)?, spec)
}

/// Keeps the trials that `spec` asks for, whose labels are the classes.
fn select(mut source: Recordings, spec: &DataSpec) -> Result<Recordings, DataError> {
    check_options(spec)?;
    if let Some(limit) = spec.limit {
        source.train.limit(limit as usize);
        source.test.limit(limit as usize);
    }
    let classes = distinct(&source.train.labels);
    if let [label] = classes[..] {
        return Err(DataError::OneClass { label, limit: spec.limit.filter(|_| source.classes.len() > 1) });
    }
    Ok(Recordings { classes, ..source })
}

/// Numbers the classes, and splits off the validation set.
fn arrange(source: Recordings, spec: &DataSpec) -> Result<DataSet, DataError> {
    let Recordings { train, test, sampling_rate_hz, classes } = source;
    let (channels, samples) = (train.channels, train.samples);
    let mut set = DataSet {
        channels,
        samples,
        train: trial_set(train, &classes)?,
        validation: None,
        test: trial_set(test, &classes)?,
        classes,
        sampling_rate_hz,
        scaling: Scaling::None,
    };
    if spec.validation > 0.0 {
        let held_out = split::held_out(&set.train, &set.classes, spec)?;
        let Split { train, validation } = split::split(&set.train, &held_out);
        (set.train, set.validation) = (train, Some(validation));
    }
    Ok(set)
}

fn trial_set(recording: Recording, classes: &[i64]) -> Result<TrialSet, DataError> {
    let index = |label: &i64| match classes.binary_search(label) {
        Ok(class) => Ok(class as u32),
        Err(_) => Err(DataError::UnseenLabel { label: *label, classes: classes.to_vec() }),
    };
    let labels = recording.labels.iter().map(index).collect::<Result<_, _>>()?;
    Ok(TrialSet { signal: recording.signal, labels, subjects: recording.subjects })
}

//! NumPy archives (`.npz`) of trials: `signal`, `label`, and `subject` where present. Trusts no size that a
//! file claims, and knows nothing of train and test sets.

mod element;
mod header;
mod labels;
mod member;
mod signal;

use std::path::Path;

use sweep_job::Layout;

use crate::{
    DataError,
    recording::{FiniteSum, Recording},
};

/// Reads one archive that must be labelled.
pub(crate) fn read_recording(path: &Path, layout: Layout) -> Result<Recording, DataError> {
    let (mut recording, mut archive) = read_signal(path, layout)?;
    recording.labels = labels::read(archive.array("label")?, recording.trials())?;
    read_subjects(&mut recording, &mut archive)?;
    Ok(recording)
}

/// Reads one archive whose labels may be absent; then `labels` is empty.
pub(crate) fn read_unlabelled(path: &Path, layout: Layout) -> Result<Recording, DataError> {
    let (mut recording, mut archive) = read_signal(path, layout)?;
    if let Some(array) = archive.optional_array("label")? {
        recording.labels = labels::read(array, recording.trials())?;
    }
    read_subjects(&mut recording, &mut archive)?;
    Ok(recording)
}

/// One archive without the values of its signal, of which only the header is read: its signal is empty.
pub(crate) fn read_without_signal(path: &Path, layout: Layout) -> Result<Recording, DataError> {
    let mut archive = member::OpenArchive::open(path)?;
    let [trials, channels, samples] = signal::sizes(&archive.array("signal")?, layout)?;
    let labels = labels::read(archive.array("label")?, trials)?;
    let sums = vec![FiniteSum::default(); trials];
    let mut recording = Recording { channels, samples, signal: Vec::new(), sums, labels, subjects: None };
    read_subjects(&mut recording, &mut archive)?;
    Ok(recording)
}

/// The shape and type of `signal` as its header states them, without its values.
pub(crate) fn describe_signal(path: &Path) -> Result<(Vec<u64>, String), DataError> {
    let mut archive = member::OpenArchive::open(path)?;
    let array = archive.array("signal")?;
    Ok((array.shape().to_vec(), array.description()))
}

fn read_signal(path: &Path, layout: Layout) -> Result<(Recording, member::OpenArchive), DataError> {
    let mut archive = member::OpenArchive::open(path)?;
    let signal::Signal { channels, samples, values, sums } = signal::read(archive.array("signal")?, layout)?;
    let recording = Recording { channels, samples, signal: values, sums, labels: Vec::new(), subjects: None };
    Ok((recording, archive))
}

fn read_subjects(recording: &mut Recording, archive: &mut member::OpenArchive) -> Result<(), DataError> {
    if let Some(array) = archive.optional_array("subject")? {
        recording.subjects = Some(labels::read(array, recording.trials())?);
    }
    Ok(())
}

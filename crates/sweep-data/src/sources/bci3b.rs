//! BCI Competition III, data set IIIb, as four NumPy archives in a folder: names, checksums, reading.

use std::path::{Path, PathBuf};

use sweep_job::{Layout, sources::Bci3b};

use super::{CanonicalForm, Reader, Recordings, check_agreement};
use crate::{DataError, npz, recording::Recording};

/// Samples a second (Pfurtscheller and Schloegl, description of data set IIIb).
const SAMPLING_RATE_HZ: f64 = 125.0;
/// `[trial, time, channel]` of `signal` in every file.
pub(crate) const SHAPE: [u64; 3] = [540, 750, 2];
/// Bytes of every file.
pub(crate) const FILE_BYTES: u64 = 6_484_788;
/// The labels: left and right hand.
const LABELS: [i64; 2] = [1, 2];

/// One of the four files.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) sha256: &'static str,
    /// Number of the subject in the joined set.
    subject: i64,
}

impl File {
    pub(crate) fn path(&self, dir: &Path) -> PathBuf {
        dir.join(self.name)
    }
}

/// The files of the train set, in the order in which they are joined.
pub(crate) const TRAIN: [File; 2] = [
    File {
        name: "S4b_train.npz",
        sha256: "b9db42999203ede95f4eb37e6cd67d159512a341beb973e954ef35077f5a70d3",
        subject: 0,
    },
    File {
        name: "X11b_train.npz",
        sha256: "f068067a7ebc31a16482050569168ef77c7aeab38ef4b208f108a2fc6a52f251",
        subject: 1,
    },
];

/// The files of the test set, in the order in which they are joined.
pub(crate) const TEST: [File; 2] = [
    File {
        name: "S4b_test.npz",
        sha256: "a23eaee490f7c40ef94df88ff14e74e194d8fe774d5ee109af529af9ba4240a1",
        subject: 0,
    },
    File {
        name: "X11b_test.npz",
        sha256: "205d52663f905abeb77dff5bb44365b3f55ac0fba9b41b339da0990a60525937",
        subject: 1,
    },
];

impl Reader for Bci3b {
    fn read(&self, _limit: Option<usize>) -> Result<Recordings, DataError> {
        check_presence(&self.dir)?;
        let join = |[first, second]: &[File; 2]| -> Result<Recording, DataError> {
            let mut joined = read_file(first, &self.dir)?;
            joined.append(read_file(second, &self.dir)?);
            Ok(joined)
        };
        Ok(Recordings::new([join(&TRAIN)?, join(&TEST)?], Some(SAMPLING_RATE_HZ)))
    }

    fn outline(&self, _limit: Option<usize>) -> Result<Recordings, DataError> {
        check_presence(&self.dir)?;
        let parts = [headers(&TRAIN, &self.dir)?, headers(&TEST, &self.dir)?];
        Ok(Recordings::new(parts, Some(SAMPLING_RATE_HZ)))
    }

    fn identify(&self, form: &mut CanonicalForm) -> Result<(), DataError> {
        check_presence(&self.dir)?;
        for (part, files) in [("train", &TRAIN), ("test", &TEST)] {
            form.files(part, &files.each_ref().map(|file| file.path(&self.dir)))?;
        }
        Ok(())
    }
}

/// Refuses a folder that lacks files, and names all that it lacks.
fn check_presence(dir: &Path) -> Result<(), DataError> {
    let missing: Vec<&'static str> =
        TRAIN.iter().chain(&TEST).filter(|file| !file.path(dir).exists()).map(|file| file.name).collect();
    if missing.is_empty() { Ok(()) } else { Err(DataError::MissingFiles { dir: dir.to_owned(), missing }) }
}

/// The trials of two files without their signal.
fn headers(files: &[File; 2], dir: &Path) -> Result<Recording, DataError> {
    let read = |file: &File| -> Result<Recording, DataError> {
        let mut recording = npz::read_without_signal(&file.path(dir), Layout::TrialTimeChannel)?;
        recording.subjects = Some(vec![file.subject; recording.trials()]);
        Ok(recording)
    };
    let [first, second] = files.each_ref().map(read);
    let (first_path, second_path) = (files[0].path(dir), files[1].path(dir));
    let (mut first, second) = (first?, second?);
    check_agreement((&first_path, &first), (&second_path, &second))?;
    first.append(second);
    Ok(first)
}

fn read_file(file: &File, dir: &Path) -> Result<Recording, DataError> {
    let path = file.path(dir);
    let (shape, description) = npz::describe_signal(&path)?;
    if shape != SHAPE {
        let [trials, samples, channels] = SHAPE;
        return Err(DataError::UnexpectedArray {
            path,
            array: "signal",
            expected: format!("shape ({trials}, {samples}, {channels}), as in every file of data set bci3b"),
            found: format!("{description}; for other data use set = \"npz\""),
        });
    }
    let mut recording = npz::read_recording(&path, Layout::TrialTimeChannel)?;
    if let Some(trial) = recording.labels.iter().position(|label| !LABELS.contains(label)) {
        return Err(DataError::ForeignLabel { path, trial, label: recording.labels[trial] });
    }
    recording.subjects = Some(vec![file.subject; recording.trials()]);
    Ok(recording)
}

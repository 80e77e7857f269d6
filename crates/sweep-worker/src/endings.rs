//! The ends of trained jobs: their weights go on disk while the worker trains on, and only then is a job said to be finished.
//! It does not know how a job was trained.

use std::{
    io::Write,
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use sweep_job::{FailureReason, JobEvent, JobId, Outcome, WorkerReport};

use crate::{
    WorkerError,
    files::{UnsavedFile, save_files},
    serve::Reporter,
};

/// Jobs that are saved at the same time. A saving thread waits for the disk nearly all its time, and the file system writes
/// in one go what several of them wait for.
pub(crate) const SAVERS: usize = 4;
/// Jobs that wait to be saved. Where the disk is slower than the training for long, the training waits: what is kept in
/// memory is bounded.
pub(crate) const WAITING: usize = 4;

/// A job that is trained to its last epoch, with what is to be on disk before it is said to be finished.
#[derive(Debug)]
pub struct TrainedJob {
    /// The job.
    pub job: JobId,
    pub(crate) outcome: Box<Outcome>,
    pub(crate) files: Vec<UnsavedFile>,
}

impl TrainedJob {
    /// Puts its weights on disk; then it is finished.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(self) -> Result<Box<Outcome>, WorkerError> {
        save_files(&self.files)?;
        Ok(self.outcome)
    }
}

/// Runs `work`, and saves and reports beside it the ends that it sends; returns when all are.
///
/// # Errors
/// If no thread can be started; then nothing was done.
pub(crate) fn saving_beside<W: Write + Send, T>(
    reporter: &Reporter<W>,
    work: impl FnOnce(SyncSender<TrainedJob>) -> T,
) -> Result<T, WorkerError> {
    let (sender, endings) = sync_channel(WAITING);
    let endings = Mutex::new(endings);
    thread::scope(|scope| {
        for saver in 0..SAVERS {
            let started = thread::Builder::new().spawn_scoped(scope, || save_all(&endings, reporter));
            match started {
                Err(error) if saver == 0 => return Err(WorkerError::Thread(error)),
                // Fewer do as well.
                Err(_) => break,
                Ok(_) => {}
            }
        }
        Ok(work(sender))
    })
}

fn save_all<W: Write>(endings: &Mutex<Receiver<TrainedJob>>, reporter: &Reporter<W>) {
    let next = || endings.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(trained) = next() {
        let job = trained.job;
        let event = match trained.save() {
            Ok(outcome) => JobEvent::Finished(outcome),
            Err(error) => JobEvent::Failed(FailureReason::NotSaved { message: error.to_string() }),
        };
        // Where nobody listens any more, the next report of the training meets the same error. Until then the queue is
        // emptied, so that nobody waits for a place in it.
        let _ = reporter.report(&WorkerReport::Event(job, event));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use std::{fs, path::Path};

    use sweep_job::{DataIdentity, JobSpec, Predictions, Score, Snapshot, WeightsFile};
    use tempfile::TempDir;

    use super::*;

    fn ending(seed: u64, folder: &Path) -> TrainedJob {
        let spec =
            JobSpec { seed, ..JobSpec::lab(sweep_job::ModelKind::EegNet, sweep_job::Activation::Relu) };
        let snapshot = Snapshot {
            epoch: 1,
            test: Score { loss: 0.5, accuracy: 0.5 },
            weights: WeightsFile { file: "file".into(), sha256: "00".into() },
            predictions: Predictions { classes: 2, logits: vec![0.25; 4] },
        };
        let file =
            |name: &str| UnsavedFile { path: folder.join(seed.to_string()).join(name), bytes: name.into() };
        TrainedJob {
            job: JobId::new(&spec, &DataIdentity("ab".repeat(32))),
            outcome: Box::new(Outcome { best: snapshot.clone(), selected: None, last: snapshot }),
            files: vec![file("best"), file("last")],
        }
    }

    /// The events of the endings, in the order in which they were reported.
    fn reported(endings: Vec<TrainedJob>) -> Vec<(JobId, JobEvent)> {
        let reporter = Reporter::new(Vec::new());
        saving_beside(&reporter, |sender| {
            endings.into_iter().for_each(|ending| sender.send(ending).unwrap())
        })
        .unwrap();
        let lines = String::from_utf8(reporter.into_output()).unwrap();
        let event = |line| match serde_json::from_str(line).unwrap() {
            WorkerReport::Event(job, event) => (job, event),
            other => panic!("no worker is here: {other:?}"),
        };
        lines.lines().map(event).collect()
    }

    #[test]
    fn every_job_is_reported_once_and_its_files_are_whole() {
        let folder = TempDir::new().unwrap();
        let endings: Vec<TrainedJob> = (0..50).map(|seed| ending(seed, folder.path())).collect();
        let mut jobs: Vec<JobId> = endings.iter().map(|ending| ending.job).collect();
        let events = reported(endings);
        assert!(events.iter().all(|(_, event)| matches!(event, JobEvent::Finished(_))));
        let mut ended: Vec<JobId> = events.into_iter().map(|(job, _)| job).collect();
        jobs.sort_unstable();
        ended.sort_unstable();
        assert_eq!(ended, jobs);
        for seed in 0..50 {
            let found = fs::read_dir(folder.path().join(seed.to_string())).unwrap();
            let mut names: Vec<String> =
                found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            assert_eq!(names, ["best", "last"]);
            assert_eq!(fs::read(folder.path().join(format!("{seed}/last"))).unwrap(), b"last");
        }
    }

    #[test]
    fn a_job_whose_weights_cannot_be_saved_fails_alone() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("1"), "a file where a folder is to be").unwrap();
        let events = reported((0..3).map(|seed| ending(seed, folder.path())).collect());
        let failed: Vec<JobId> = events
            .iter()
            .filter(|(_, event)| {
                matches!(event, JobEvent::Failed(reason) if reason.to_string().starts_with("not saved: cannot write "))
            })
            .map(|(job, _)| *job)
            .collect();
        assert_eq!(events.len(), 3);
        assert_eq!(failed, [ending(1, folder.path()).job]);
    }
}

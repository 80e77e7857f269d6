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

use sweep_job::{JobEvent, JobId, Outcome, WorkerReport};

use crate::{
    checkpoint::{UnsavedFile, save_files},
    serve::{Reporter, failure},
};

/// Jobs that are saved at the same time. A saving thread waits for the disk nearly all its time, and the file system writes
/// in one go what several of them wait for.
const SAVERS: usize = 4;
/// Jobs that wait to be saved. Where the disk is slower than the training for long, the training waits: what is kept in
/// memory is bounded.
const WAITING: usize = 4;

/// A job that is trained to its last epoch, with what is to be on disk before that is said.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) job: JobId,
    pub(crate) outcome: Box<Outcome>,
    pub(crate) files: Vec<UnsavedFile>,
}

/// Runs `work`, and saves and reports beside it the ends that it sends; returns when all are.
pub(crate) fn saving_beside<W: Write + Send, T>(
    reporter: &Reporter<W>,
    work: impl FnOnce(SyncSender<Ending>) -> T,
) -> T {
    let (sender, endings) = sync_channel(WAITING);
    let endings = Mutex::new(endings);
    thread::scope(|scope| {
        for _ in 0..SAVERS {
            scope.spawn(|| save_all(&endings, reporter));
        }
        work(sender)
    })
}

fn save_all<W: Write>(endings: &Mutex<Receiver<Ending>>, reporter: &Reporter<W>) {
    let next = || endings.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(Ending { job, outcome, files }) = next() {
        let event = match save_files(&files) {
            Ok(()) => JobEvent::Finished(outcome),
            Err(error) => JobEvent::Failed(failure(&error)),
        };
        // Where nobody listens any more, the next report of the training meets the same error. Until then the queue is
        // emptied, so that nobody waits for a place in it.
        let _ = reporter.report(&WorkerReport::Event(job, event));
    }
}

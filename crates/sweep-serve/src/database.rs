//! Reading a database request by request: a few connections that are kept, on threads that may wait for a disk. It knows no pages.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sweep_store::{Reader, Store, StoreError};
use tokio::{sync::Semaphore, task, time::timeout};

use crate::problem::Problem;

/// So many requests read at the same time; others wait for their turn.
const MOST_READERS: usize = 4;
/// Longer than this no request waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long a connection waits for a process that has the database for itself.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// A results database that is read.
#[derive(Clone)]
pub(crate) struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    turns: Arc<Semaphore>,
}

impl Database {
    pub(crate) fn new(path: PathBuf) -> Self {
        let turns = Arc::new(Semaphore::new(MOST_READERS));
        Self { shared: Arc::new(Shared { path, idle: Mutex::default(), turns }) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// What `read` reads and makes of it, at one moment of the database. It may take its time: it has a thread for itself.
    ///
    /// # Errors
    /// Those of `read`; where the database cannot be opened; where too many others read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = timeout(LONGEST_WAIT, Arc::clone(&self.shared.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Problem::busy("Too many pages are being read at the same time."));
        };
        let shared = Arc::clone(&self.shared);
        let reading = task::spawn_blocking(move || {
            // Held by the thread, since a request that was given up still reads.
            let _turn = turn;
            let reader = shared.reader()?;
            let answer = reader.at_one_moment(|| read(&reader))?;
            shared.keep(reader);
            Ok(answer)
        });
        reading.await.unwrap_or_else(|panic| {
            tracing::error!("an answer was given up: {panic}");
            Err(Problem::fault())
        })
    }
}

impl Shared {
    /// A connection to the file that the path names now, in a form that this program knows.
    fn reader(&self) -> Result<Reader, StoreError> {
        while let Some(reader) = self.pop() {
            if reader.is_current().unwrap_or(false) {
                return Ok(reader);
            }
        }
        open(&self.path)
    }

    fn pop(&self) -> Option<Reader> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, reader: Reader) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }
}

/// A connection that does not wait for long.
pub(crate) fn open(path: &Path) -> Result<Reader, StoreError> {
    Store::open_read_only_waiting(path, LONGEST_LOCK)
}

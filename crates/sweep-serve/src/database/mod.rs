//! Reading a database request by request: a few connections that are kept, on threads that may wait for a disk. It knows no pages.

mod kept;
mod moment;
mod version;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sweep_store::{Location, Reader, Store, StoreError};
use tokio::{sync::Semaphore, task, time::timeout};

use self::{moment::Known, version::Watch};
pub(crate) use self::{moment::Moment, version::Version};
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
    location: Location,
    idle: Mutex<Vec<Reader>>,
    turns: Arc<Semaphore>,
    watch: Watch,
    known: Known,
}

impl Database {
    pub(crate) fn new(location: Location) -> Self {
        let shared = Shared {
            watch: Watch::new(location.clone()),
            location,
            idle: Mutex::default(),
            turns: Arc::new(Semaphore::new(MOST_READERS)),
            known: Known::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.shared.location.path()
    }

    /// What `read` reads and makes of it, at one moment of the database. It may take its time: it has a thread for itself.
    ///
    /// # Errors
    /// Those of `read`; where the database cannot be opened; where too many others read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Moment<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = timeout(LONGEST_WAIT, Arc::clone(&self.shared.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Problem::busy("Too many pages are being read at the same time."));
        };
        let database = self.clone();
        let reading = task::spawn_blocking(move || {
            // Held by the thread, since a request that was given up still reads.
            let _turn = turn;
            database.read_here(read)
        });
        reading.await.unwrap_or_else(|panic| {
            tracing::error!("an answer was given up: {panic}");
            Err(Problem::fault())
        })
    }

    /// As [`Database::read`], on the thread that asks, and without waiting for a turn.
    ///
    /// # Errors
    /// Those of `read`, and where the database cannot be opened.
    pub(crate) fn read_here<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Moment<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Shared { watch, known, .. } = &*self.shared;
        let before = watch.version();
        let reader = self.shared.reader()?;
        let answer = reader.at_one_moment(|| {
            // The first question is the moment. Where nothing was recorded from before it until after it, it is that of the version.
            reader.data_version()?;
            let version = before.filter(|before| watch.version() == Some(*before));
            read(&Moment::new(&reader, version, known))
        })?;
        self.shared.keep(reader);
        Ok(answer)
    }

    /// Which content the database has now; `None` where that cannot be told.
    pub(crate) fn version(&self) -> Option<Version> {
        self.shared.watch.version()
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
        Store::open_read_only_waiting(&self.location, LONGEST_LOCK)
    }

    fn pop(&self) -> Option<Reader> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, reader: Reader) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }
}

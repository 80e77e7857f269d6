//! Who listens, and the one who looks for all of them. It knows no HTTP.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
    task::spawn_blocking,
    time::sleep,
};

use super::{News, look::Lookout};
use crate::{database::Database, problem::Problem};

/// So many pages may listen at the same time.
const MOST_LISTENERS: usize = 64;
/// News that a listener need not have taken yet; who is further behind is told that everything may have changed.
const BACKLOG: usize = 32;
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// Looking takes no more than one part in so many of the time: counting many jobs takes longer.
const REST: u32 = 10;

/// Tells those who listen what is new.
pub(crate) struct Hub {
    database: Database,
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

struct State {
    /// `None` once the server ends.
    sender: Option<broadcast::Sender<Arc<News>>>,
    looking: Looking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looking {
    Nobody,
    Someone,
}

/// A place among the listeners, free again when it is dropped.
pub(crate) struct Listener {
    pub(crate) news: broadcast::Receiver<Arc<News>>,
    pub(crate) place: OwnedSemaphorePermit,
}

impl Hub {
    pub(crate) fn new(database: Database) -> Arc<Self> {
        let state = State { sender: Some(broadcast::Sender::new(BACKLOG)), looking: Looking::Nobody };
        let places = Arc::new(Semaphore::new(MOST_LISTENERS));
        Arc::new(Self { database, places, state: Mutex::new(state) })
    }

    /// Listens from now on.
    ///
    /// # Errors
    /// Where too many listen already, or the server ends.
    pub(crate) fn listen(self: &Arc<Self>) -> Result<Listener, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Problem::busy("Too many pages listen for news."))?;
        let mut state = self.state();
        let sender = state.sender.as_ref().ok_or_else(|| Problem::busy("The server ends."))?;
        let news = sender.subscribe();
        if state.looking == Looking::Nobody {
            state.looking = Looking::Someone;
            tokio::spawn(look(Arc::clone(self)));
        }
        Ok(Listener { news, place })
    }

    /// Ends what all listeners hear.
    pub(crate) fn close(&self) {
        self.state().sender = None;
    }

    /// Whether someone is there to be told.
    fn tell(&self, news: Option<News>) -> bool {
        let mut state = self.state();
        let is_heard = match &state.sender {
            Some(sender) if sender.receiver_count() > 0 => {
                // Who left since does not matter.
                news.map(|news| sender.send(Arc::new(news)).is_ok());
                true
            }
            _ => false,
        };
        if !is_heard {
            state.looking = Looking::Nobody;
        }
        is_heard
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks until nobody listens.
async fn look(hub: Arc<Hub>) {
    let mut lookout = Lookout::new(hub.database.clone());
    loop {
        let begin = Instant::now();
        let looked = spawn_blocking(move || {
            let news = lookout.look();
            (lookout, news)
        });
        let news;
        (lookout, news) = match looked.await {
            Ok(looked) => looked,
            Err(panic) => {
                tracing::error!("a look for news was given up: {panic}");
                (Lookout::new(hub.database.clone()), None)
            }
        };
        if !hub.tell(news) {
            return;
        }
        sleep(PAUSE.max(REST * begin.elapsed())).await;
    }
}

//! What a run does when it gets a signal: it stops after the epoch, at once, or for a while.

use std::{
    process,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Instant,
};

use nix::sys::signal::Signal;
use sweep_scheduler::{StopRequest, WorkerGroups};
use tokio::sync::mpsc;

use crate::{
    error::CliError,
    progress::Announcer,
    signals::{Requests, Signals, stop_here},
};

/// What a signal asks for.
#[derive(Debug)]
pub(super) enum Wish {
    /// To stop.
    Stop(StopRequest, Signal),
    /// To stand still until further notice.
    Pause,
}

/// A thread that waits for signals, to the end of this process.
#[derive(Debug, Default)]
pub(crate) struct Listener(Arc<Mutex<Option<mpsc::UnboundedSender<Wish>>>>);

impl Listener {
    /// Starts the thread. No other thread may run before: a signal would find it and end this process.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn start() -> Result<Self, CliError> {
        let (signals, listener) = (Signals::of_a_run(), Self::default());
        let hearer = Arc::clone(&listener.0);
        let work = move || {
            let mut requests = Requests::default();
            loop {
                let wish = match signals.wait() {
                    Signal::SIGTSTP => Some(Wish::Pause),
                    signal => {
                        requests.next(signal, Instant::now()).map(|request| Wish::Stop(request, signal))
                    }
                };
                if let Some(unheard) = wish.and_then(|wish| send(&hearer, wish)) {
                    outside_of_training(&unheard);
                }
            }
        };
        match thread::Builder::new().spawn(work) {
            Ok(_) => Ok(listener),
            Err(error) => {
                Err(CliError::Scheduler(format!("cannot start a thread that waits for signals: {error}")))
            }
        }
    }

    /// What signals ask for from now on.
    pub(super) fn wishes(&self) -> mpsc::UnboundedReceiver<Wish> {
        let (sender, wishes) = mpsc::unbounded_channel();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        wishes
    }
}

/// Sends a wish, or gives it back if nobody listens.
fn send(hearer: &Mutex<Option<mpsc::UnboundedSender<Wish>>>, wish: Wish) -> Option<Wish> {
    match hearer.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        Some(sender) => sender.send(wish).err().map(|unheard| unheard.0),
        None => Some(wish),
    }
}

/// Nothing is trained yet, or all is recorded: nothing is lost.
fn outside_of_training(wish: &Wish) {
    match wish {
        Wish::Stop(..) => process::exit(130),
        Wish::Pause => drop(stop_here()),
    }
}

/// Grants wishes as long as the run lasts.
pub(super) async fn grant(
    mut wishes: mpsc::UnboundedReceiver<Wish>,
    stops: mpsc::UnboundedSender<StopRequest>,
    announcer: Announcer,
    workers: WorkerGroups,
) {
    while let Some(wish) = wishes.recv().await {
        match wish {
            Wish::Stop(request, signal) => {
                announcer.say(&notice(request, signal));
                // Nobody listens any more when the sweep is over.
                let _ = stops.send(request);
            }
            Wish::Pause => announcer.suspend(|| pause(&workers)),
        }
    }
}

/// Stops the workers, then this process; whoever continues this process continues all.
fn pause(workers: &WorkerGroups) {
    workers.stop();
    if let Err(error) = stop_here() {
        tracing::warn!("this process cannot be stopped: {error}");
    }
    workers.resume();
}

fn notice(request: StopRequest, signal: Signal) -> String {
    match (request, signal) {
        (StopRequest::AfterEpoch, Signal::SIGINT) => {
            "stopping after the current epoch; press Ctrl-C again to stop at once".to_owned()
        }
        (StopRequest::AfterEpoch, _) => {
            format!("got {signal}: stopping after the current epoch; another one after 5 s stops at once")
        }
        (StopRequest::Now, _) => "stopping at once".to_owned(),
    }
}

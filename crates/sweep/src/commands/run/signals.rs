//! What a run does when it gets a signal: it stops after the epoch, at once, or for a while.

use std::{io, process, thread, time::Instant};

use nix::sys::signal::Signal;
use sweep_scheduler::{StopRequest, WorkerGroups};
use tokio::sync::mpsc;

use crate::{
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

/// Starts a thread that waits for signals, from now to the end of this process.
///
/// # Errors
/// If no thread can be started.
pub(super) fn listen() -> io::Result<mpsc::UnboundedReceiver<Wish>> {
    let signals = Signals::of_a_run();
    let (sender, wishes) = mpsc::unbounded_channel();
    thread::Builder::new().spawn(move || {
        let mut requests = Requests::default();
        loop {
            let wish = match signals.wait() {
                Signal::SIGTSTP => Some(Wish::Pause),
                signal => requests.next(signal, Instant::now()).map(|request| Wish::Stop(request, signal)),
            };
            if let Some(Err(unheard)) = wish.map(|wish| sender.send(wish)) {
                after_the_run(&unheard.0);
            }
        }
    })?;
    Ok(wishes)
}

/// All is trained and recorded; what is left to do can be done without.
fn after_the_run(wish: &Wish) {
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

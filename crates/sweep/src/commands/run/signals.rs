//! Ctrl-C and its relatives.

use sweep_scheduler::StopRequest;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::progress::Announcer;

/// A first Ctrl-C, SIGTERM or SIGHUP stops after the current epoch, a second at once.
pub(super) async fn forward(stops: mpsc::UnboundedSender<StopRequest>, announcer: Announcer) {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        tracing::error!("signals cannot be caught: Ctrl-C ends the program at once");
        return;
    };
    let notices = [
        (StopRequest::AfterEpoch, "stopping after the current epoch; press Ctrl-C again to stop at once"),
        (StopRequest::Now, "stopping at once"),
    ];
    for (request, notice) in notices {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hang_up.recv() => {} }
        announcer.say(notice);
        // Nobody listens any more when the sweep is over.
        let _ = stops.send(request);
    }
}

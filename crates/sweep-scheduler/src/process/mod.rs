//! A worker behind a process that this one starts: orders go to its standard input, reports come from its standard output, and its standard
//! error is its log. It serves every executor whose workers are reached in this way, whatever program it starts.

mod death;
mod lines;
mod log;
mod status;
mod supervise;

use std::{fmt::Debug, io, process::Stdio, time::Duration};

use sweep_job::WorkerOrder;
use tokio::{
    io::AsyncWriteExt,
    process::{ChildStdin, Command},
    sync::mpsc,
};

use crate::{ExecutorError, Slot, Worker, WorkerChannel};
use log::WorkerLog;
use supervise::{Demand, Supervisor};

pub(crate) use death::Counted;
pub use supervise::read_reports;

/// What an executor keeps of a process as long as it lives.
pub(crate) trait Companion: Debug + Send {
    /// The process is gone and has been waited for: from now on its number may be another's.
    fn release(&mut self) {}

    /// What the kernel counted of out-of-memory kills since the process started.
    fn counted(&self) -> Counted {
        Counted::Nothing
    }
}

/// Starts `command` as a worker in `slot`, in a process group of its own, and watches it. A worker may take `grace` to end when it is to.
///
/// # Errors
/// If the process cannot be created.
pub(crate) fn spawn(
    mut command: Command,
    (slot, channel): (Slot, WorkerChannel),
    grace: Duration,
    companion: impl FnOnce(u32) -> Box<dyn Companion>,
) -> io::Result<ProcessWorker> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let pid = child.id();
    let (order_sender, orders) = mpsc::unbounded_channel();
    let (demand_sender, demands) = mpsc::unbounded_channel();
    if let Some(stdin) = child.stdin.take() {
        tokio::spawn(write_orders(stdin, orders));
    }
    let log = child.stderr.take().map(|stderr| WorkerLog::follow(stderr, slot));
    let companion = pid.map(companion);
    tokio::spawn(Supervisor::new(child, log, companion, channel, grace).watch(demands));
    Ok(ProcessWorker { pid, orders: Some(order_sender), demands: demand_sender })
}

/// A worker process. Dropping it kills the process.
#[derive(Debug)]
pub struct ProcessWorker {
    pid: Option<u32>,
    orders: Option<mpsc::UnboundedSender<Vec<u8>>>,
    demands: mpsc::UnboundedSender<Demand>,
}

// A message that cannot be sent below is one to a process that is gone, of which its supervisor tells.
impl Worker for ProcessWorker {
    fn name(&self) -> String {
        self.pid.map_or_else(|| "process".to_owned(), |pid| format!("process {pid}"))
    }

    fn order(&mut self, order: &WorkerOrder) -> Result<(), ExecutorError> {
        let mut line = serde_json::to_vec(order).map_err(|source| ExecutorError::Message { source })?;
        line.push(b'\n');
        if let Some(orders) = &self.orders {
            let _ = orders.send(line);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.orders = None;
        let _ = self.demands.send(Demand::EndSoon);
    }

    fn kill(&mut self) {
        self.orders = None;
        let _ = self.demands.send(Demand::EndNow);
    }

    fn is_stopped(&self) -> bool {
        self.pid.is_some_and(status::is_stopped)
    }
}

/// Writes orders in turn; the standard input is closed when no more can come. Apart from the reading, so that neither
/// waits for the other.
async fn write_orders(mut stdin: ChildStdin, mut orders: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(line) = orders.recv().await {
        if let Err(error) = stdin.write_all(&line).await {
            tracing::debug!("an order did not reach its worker: {error}");
            return;
        }
    }
}

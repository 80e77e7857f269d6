//! Workers as processes of this machine. It does not know what they train, or what the scheduler makes of what they
//! say.

mod death;
mod groups;
mod lines;
mod log;
pub(crate) mod memory;
mod status;
mod supervise;

use std::{ffi::OsString, path::PathBuf, process::Stdio, time::Duration};

use sweep_job::WorkerOrder;
use tokio::{
    io::AsyncWriteExt,
    process::{ChildStdin, Command},
    sync::mpsc,
};

use crate::{Executor, ExecutorError, Slot, Worker, WorkerChannel};
use log::WorkerLog;
use memory::{KillWatch, SystemFiles};
use supervise::{Demand, Supervisor};

pub use groups::WorkerGroups;
pub use supervise::read_reports;

/// Runs each worker as a process of this machine that reads [`WorkerOrder`]s from its standard input and writes
/// [`WorkerReport`](sweep_job::WorkerReport)s to its standard output, one JSON document a line. Its standard error is
/// its log: it is passed on through `tracing`, and its end is quoted when the worker dies.
///
/// A worker is the leader of a process group of its own, so that Ctrl-C in a terminal reaches this process alone, and
/// a kill reaches whatever the worker started. A worker whose standard input ends must end as well: that is also how
/// it learns that this process is gone.
#[derive(Debug, Clone)]
pub struct LocalProcesses {
    /// The worker program.
    pub program: PathBuf,
    /// Its name in a list of processes; `None` for that of the file.
    pub name: Option<OsString>,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Environment variables that are set for it, beside those of this process.
    pub environment: Vec<(String, String)>,
    /// How long a worker may take to end once its standard input is closed.
    pub grace: Duration,
    /// Where the kernel tells of out-of-memory kills.
    pub system: SystemFiles,
    groups: WorkerGroups,
}

impl LocalProcesses {
    /// How long a worker may take to end, unless told otherwise.
    pub const DEFAULT_GRACE: Duration = Duration::from_secs(2);

    /// What the program is called in messages.
    fn known_as(&self) -> PathBuf {
        self.name.as_ref().map_or_else(|| self.program.clone(), PathBuf::from)
    }

    /// Workers that run `program` with `arguments`, in the environment of this process.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            name: None,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
            grace: Self::DEFAULT_GRACE,
            system: SystemFiles::default(),
            groups: WorkerGroups::default(),
        }
    }

    /// The workers that live, to stop and continue them together.
    pub fn groups(&self) -> WorkerGroups {
        self.groups.clone()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        {
            command.process_group(0);
            if let Some(name) = &self.name {
                command.arg0(name);
            }
        }
        command
    }
}

impl Executor for LocalProcesses {
    type Worker = LocalWorker;

    fn start(&mut self, slot: Slot, channel: WorkerChannel) -> Result<LocalWorker, ExecutorError> {
        let spawned = self.command().spawn();
        let mut child =
            spawned.map_err(|source| ExecutorError::Spawn { program: self.known_as(), source })?;
        let pid = child.id();
        let (order_sender, orders) = mpsc::unbounded_channel();
        let (demand_sender, demands) = mpsc::unbounded_channel();
        if let Some(stdin) = child.stdin.take() {
            tokio::spawn(write_orders(stdin, orders));
        }
        let log = child.stderr.take().map(|stderr| WorkerLog::follow(stderr, slot));
        let kills = pid.map(|pid| KillWatch::begin(&self.system, pid));
        let member = pid.map(|pid| self.groups.join(pid));
        tokio::spawn(Supervisor::new(child, log, kills, member, channel, self.grace).watch(demands));
        Ok(LocalWorker { pid, orders: Some(order_sender), demands: demand_sender })
    }
}

/// A worker process. Dropping it kills the process.
#[derive(Debug)]
pub struct LocalWorker {
    pid: Option<u32>,
    orders: Option<mpsc::UnboundedSender<Vec<u8>>>,
    demands: mpsc::UnboundedSender<Demand>,
}

// A message that cannot be sent below is one to a process that is gone, of which its supervisor tells.
impl Worker for LocalWorker {
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
        self.pid.is_some_and(groups::is_stopped)
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

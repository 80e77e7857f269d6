//! Watches one worker process: reads its reports, ends it when asked to or when it misbehaves, and tells of its end.
//! It does not know what the reports mean.

use std::{io, process::ExitStatus, time::Duration};

use sweep_job::WorkerReport;
use tokio::{
    io::AsyncRead,
    process::{Child, ChildStdout},
    sync::mpsc,
    time::{self, Instant},
};

use super::{
    Companion, Counted,
    death::{Death, Killer, judge},
    lines::{Lines, Next},
    log::WorkerLog,
    status::{Ending, describe, is_killed},
};
use crate::{RunOver, WorkerChannel, WorkerEnd};

/// A line that is longer is no report: the outcome of a job has some 50 bytes a test trial and class.
const LONGEST_REPORT_BYTES: usize = 256 << 20;
/// Characters of a line that are quoted.
const QUOTED_CHARACTERS: usize = 80;

/// What the scheduler wants of a worker that has no more orders.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Demand {
    /// To end by itself, or be killed after a while.
    EndSoon,
    /// To be killed.
    EndNow,
}

/// A process with all that is needed to watch it.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    reports: Option<Lines<ChildStdout>>,
    log: Option<WorkerLog>,
    companion: Option<Box<dyn Companion>>,
    channel: WorkerChannel,
    grace: Duration,
    status: Option<io::Result<ExitStatus>>,
    deadline: Option<Instant>,
    asked_to_end: bool,
    killed: bool,
}

impl Supervisor {
    pub(crate) fn new(
        mut child: Child,
        log: Option<WorkerLog>,
        companion: Option<Box<dyn Companion>>,
        channel: WorkerChannel,
        grace: Duration,
    ) -> Self {
        let reports = child.stdout.take().map(|stdout| Lines::new(stdout, LONGEST_REPORT_BYTES));
        Self {
            child,
            reports,
            log,
            companion,
            channel,
            grace,
            status: None,
            deadline: None,
            asked_to_end: false,
            killed: false,
        }
    }

    /// Watches until the process is gone and all that it said is passed on.
    pub(crate) async fn watch(mut self, mut demands: mpsc::UnboundedReceiver<Demand>) {
        let mut has_owner = true;
        while self.reports.is_some() || self.status.is_none() {
            tokio::select! {
                biased;
                demand = demands.recv(), if has_owner => {
                    has_owner = demand.is_some();
                    self.asked_to_end = true;
                    match demand {
                        Some(Demand::EndSoon) => self.must_end(),
                        Some(Demand::EndNow) | None => self.kill(),
                    }
                }
                () = passed(self.deadline), if self.status.is_none() => {
                    if self.killed {
                        break;
                    }
                    self.kill();
                }
                report = next_report(&mut self.reports) => self.pass_on(report).await,
                status = self.child.wait(), if self.status.is_none() => {
                    self.status = Some(status);
                    if let Some(companion) = &mut self.companion {
                        companion.release();
                    }
                    self.must_end();
                }
                // Last, so that all that the process wrote is read before, however slow the scheduler is: only
                // another process that holds the pipe open makes this wait.
                () = passed(self.deadline), if self.status.is_some() => break,
            }
        }
        let (how, ending) = self.how();
        let (killer, companion) = (self.killer(), self.companion.take());
        let last_words = match (self.log, ending) {
            (Some(log), Ending::ByItself) => log.last_words(self.grace).await,
            _ => Vec::new(),
        };
        let counted = || companion.map_or(Counted::Nothing, |companion| companion.counted());
        let Death { how, last_words, out_of_memory } = judge(how, killer, last_words, counted);
        self.channel.ended(WorkerEnd { how, last_words, out_of_memory }).await;
    }

    async fn pass_on(&mut self, report: Result<WorkerReport, NoReport>) {
        let passed_on = match report {
            Ok(report) => self.channel.report(report).await,
            Err(NoReport::Line(why)) => self.channel.unreadable(why).await,
            Err(NoReport::Rest(why)) => {
                self.reports = None;
                self.must_end();
                self.channel.unreadable(why).await
            }
            Err(NoReport::End) => {
                self.reports = None;
                self.must_end();
                Ok(())
            }
        };
        if passed_on == Err(RunOver) {
            self.kill();
        }
    }

    /// Gives what is left of the worker a while, from the first time on.
    fn must_end(&mut self) {
        self.deadline.get_or_insert_with(|| Instant::now() + self.grace);
    }

    fn kill(&mut self) {
        if self.killed || self.status.is_some() {
            return;
        }
        self.killed = true;
        // A killed process may take its time as well, such as one that waits for a disk.
        self.deadline = Some(Instant::now() + self.grace);
        if let Err(error) = kill_group(&mut self.child) {
            tracing::debug!("cannot kill a worker: {error}");
        }
    }

    fn killer(&self) -> Killer {
        match &self.status {
            Some(Ok(status)) if is_killed(*status) && !self.killed => Killer::Another,
            _ => Killer::None,
        }
    }

    fn how(&self) -> (String, Ending) {
        match &self.status {
            Some(Ok(_)) if self.killed && !self.asked_to_end => {
                ("it closed its standard output, and was killed".to_owned(), Ending::ByItself)
            }
            Some(Ok(status)) => describe(*status),
            Some(Err(error)) => (format!("its exit status is unknown: {error}"), Ending::ByItself),
            None => ("it was killed, but is not gone".to_owned(), Ending::FromOutside),
        }
    }
}

/// The reports in `bytes`, all that a worker wrote to its standard output, or for a line that is none, why. Of what follows a line
/// that is too long nothing is read.
pub async fn read_reports(bytes: &[u8]) -> Vec<Result<WorkerReport, String>> {
    let mut reports = Vec::new();
    let mut lines = Some(Lines::new(bytes, LONGEST_REPORT_BYTES));
    loop {
        match next_report(&mut lines).await {
            Ok(report) => reports.push(Ok(report)),
            Err(NoReport::Line(why)) => reports.push(Err(why)),
            Err(NoReport::Rest(why)) => {
                reports.push(Err(why));
                return reports;
            }
            Err(NoReport::End) => return reports,
        }
    }
}

/// Why there is no report.
enum NoReport {
    /// A line is none.
    Line(String),
    /// No report can be read any more.
    Rest(String),
    /// There are no more.
    End,
}

/// Ends at the deadline; never, where there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The next report. Never ends where there is nothing to read from, and loses nothing if it is dropped.
async fn next_report<R: AsyncRead + Unpin>(reports: &mut Option<Lines<R>>) -> Result<WorkerReport, NoReport> {
    let Some(lines) = reports else { return std::future::pending().await };
    match lines.next().await {
        Ok(Next::Line(line)) => serde_json::from_slice(line).map_err(|error| {
            // What is wrong may quote the line in its turn, and a line may be long.
            let why = quote(error.to_string().as_bytes(), 2 * QUOTED_CHARACTERS);
            NoReport::Line(format!(
                "wrote a line that is no report: `{}` ({why})",
                quote(line, QUOTED_CHARACTERS)
            ))
        }),
        Ok(Next::Cut(line)) => Err(NoReport::Rest(format!(
            "wrote a line of more than {} MiB: `{}`",
            LONGEST_REPORT_BYTES >> 20,
            quote(line, QUOTED_CHARACTERS)
        ))),
        // What follows the last line end is a report in the middle of which the worker died.
        Ok(Next::Rest(_) | Next::End) => Err(NoReport::End),
        Err(error) => Err(NoReport::Rest(format!("could not be read from: {error}"))),
    }
}

/// The first characters of a line, at most so many, fit for a message of one line.
fn quote(line: &[u8], most: usize) -> String {
    let start = &line[..line.len().min(4 * most)];
    let text = String::from_utf8_lossy(start);
    let mut quoted = String::new();
    for character in text.chars().take(most) {
        if character.is_control() {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    if text.chars().nth(most).is_some() || start.len() < line.len() {
        quoted.push_str("...");
    }
    quoted
}

/// Kills the process and all others of its group. Its number is its own until it has been waited for.
#[cfg(unix)]
fn kill_group(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    match pid {
        Some(pid) => Ok(kill_process_group(pid, Signal::KILL)?),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) -> io::Result<()> {
    child.start_kill()
}

//! A worker process: orders on standard input, reports on standard output, one JSON document a line.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    process,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, SyncSender},
    },
    thread,
};

use sweep_data::{identify, load};
use sweep_job::{
    ARITHMETIC, BundleOrder, DeviceChoice, JobEvent, JobId, Provenance, WorkerOrder, WorkerReport,
};
use sweep_models::{Device, Settings, TrainingData};

use crate::{
    ResidentData, StopFlag, TrainedJob, TrainingEvent, WorkerError, endings::saving_beside, error::failure,
    memory::workload, train,
};

/// A line that is longer is no order: a job has some 600 bytes, and a bundle has some thousands of jobs at most.
const LONGEST_ORDER_BYTES: usize = 64 << 20;

/// What a worker is told at its start.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Where it computes.
    pub device: DeviceChoice,
    /// Threads inside it.
    pub threads: u32,
    /// Version of the program.
    pub program_version: String,
}

/// Serves orders from `input` until it ends, or until a signal tells the worker to end: `next_signal` waits for one and gives its
/// name, such as `SIGTERM`.
///
/// After a signal, the training stops after its current epoch as at a stop request, the ends of trained jobs are still saved, and
/// the worker says that it leaves. Further signals ask for the same.
///
/// A worker asks for the next bundle when one is trained to its end: the weights of its last jobs may still be on their way to the disk, and
/// those jobs are reported as finished when they are there.
///
/// When `input` ends in the middle of a training, the scheduler is gone: the process exits at once, so that no orphan goes on
/// computing what nobody will record.
///
/// # Errors
/// Where the device cannot be opened, or the scheduler cannot be understood or reached.
pub fn serve(
    settings: &WorkerSettings,
    input: impl Read + Send + 'static,
    output: impl Write + Send,
    mut next_signal: impl FnMut() -> &'static str + Send + 'static,
) -> Result<(), WorkerError> {
    let reporter = Reporter::new(output);
    let stop = Arc::new(StopFlag::default());
    let signal = Arc::new(OnceLock::new());
    let (tasks_sender, tasks) = mpsc::channel();
    start_thread({
        let (tasks, stop, signal) = (tasks_sender.clone(), Arc::clone(&stop), Arc::clone(&signal));
        move || {
            // The first one counts; the others ask for the same.
            while signal.set(next_signal()).is_ok() {
                stop.raise();
                let _ = tasks.send(Ok(Task::LookForSignal));
            }
        }
    })?;
    start_thread({
        let stop = Arc::clone(&stop);
        move || read_orders(input, &tasks_sender, &stop)
    })?;
    saving_beside(&reporter, |endings| {
        let mut worker = Worker::new(settings, &reporter, endings)?;
        reporter.report(&WorkerReport::Ready)?;
        while let Ok(task) = tasks.recv() {
            match task? {
                Task::Train(order) if signal.get().is_none() => worker.train(&order, &stop)?,
                Task::Train(_) | Task::LookForSignal => {}
            }
            if let Some(signal) = signal.get() {
                return reporter.report(&WorkerReport::Leaving { signal: (*signal).to_owned() });
            }
            reporter.report(&WorkerReport::Ready)?;
        }
        Ok(())
    })?
}

/// What the main thread of a worker does next.
enum Task {
    Train(Box<BundleOrder>),
    /// There is a signal, and perhaps no order to come.
    LookForSignal,
}

fn start_thread(work: impl FnOnce() + Send + 'static) -> Result<(), WorkerError> {
    thread::Builder::new().spawn(work).map(drop).map_err(WorkerError::Thread)
}

/// Hands orders on; runs on its own thread, so that a stop is seen during a training.
fn read_orders(input: impl Read, tasks: &mpsc::Sender<Result<Task, WorkerError>>, stop: &StopFlag) {
    let mut input = BufReader::new(input);
    while let Ok(Some(line)) = next_line(&mut input) {
        let delivered = match read_order(&line) {
            Ok(WorkerOrder::Stop) => {
                stop.raise();
                Ok(())
            }
            Ok(WorkerOrder::Cancel(jobs)) => {
                stop.cancel(jobs);
                Ok(())
            }
            Ok(WorkerOrder::Train(order)) => {
                stop.renew(order.bundle.jobs().map(|job| job.id));
                tasks.send(Ok(Task::Train(order)))
            }
            // The worker ends with these words; an end of the input right behind must not end it before.
            Err(error) => {
                let _ = tasks.send(Err(error));
                return;
            }
        };
        if delivered.is_err() {
            return;
        }
    }
    process::exit(0);
}

/// The next line without its end, or as much of it as is allowed and one byte more; none behind the last one.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.by_ref().take(LONGEST_ORDER_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
    let is_end = line.is_empty();
    line.pop_if(|last| *last == b'\n');
    Ok((!is_end).then_some(line))
}

/// The order that a line holds, as a worker reads them from its standard input.
///
/// # Errors
/// Where it is no order, longer than any, or asks for a training that cannot be.
pub fn read_order(line: &[u8]) -> Result<WorkerOrder, WorkerError> {
    if line.len() > LONGEST_ORDER_BYTES {
        return Err(WorkerError::LongOrder { most_bytes: LONGEST_ORDER_BYTES });
    }
    let order = serde_json::from_slice(line)?;
    if let WorkerOrder::Train(order) = &order {
        order.bundle.check()?;
    }
    Ok(order)
}

struct Worker<'a, W> {
    device: Device,
    provenance: Provenance,
    /// The data set of the last bundle: a sweep has one, so that it is loaded once.
    data: Option<ResidentData>,
    reporter: &'a Reporter<W>,
    /// Where jobs go that are trained to their last epochs.
    endings: SyncSender<TrainedJob>,
}

impl<'a, W: Write> Worker<'a, W> {
    fn new(
        settings: &WorkerSettings,
        reporter: &'a Reporter<W>,
        endings: SyncSender<TrainedJob>,
    ) -> Result<Self, WorkerError> {
        let device = Device::open(settings.device)?;
        let provenance = Provenance {
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            device: settings.device.to_string(),
            hardware: device.hardware(),
            threads: settings.threads,
            program_version: settings.program_version.clone(),
            arithmetic: ARITHMETIC,
        };
        Ok(Self { device, provenance, data: None, reporter, endings })
    }

    /// Trains a bundle. What goes wrong becomes the failure of its jobs.
    fn train(&mut self, order: &BundleOrder, stop: &StopFlag) -> Result<(), WorkerError> {
        let mut open: Vec<JobId> = order.bundle.jobs().map(|job| job.id).collect();
        let result = self.load(order).and_then(|data| {
            let mut emit = |event| match event {
                TrainingEvent::Trained(trained) => {
                    open.retain(|id| *id != trained.job);
                    self.endings.send(trained).map_err(|_| WorkerError::Events(ErrorKind::BrokenPipe.into()))
                }
                TrainingEvent::Job(job, event) => {
                    if matches!(event, JobEvent::Failed(_) | JobEvent::Interrupted) {
                        open.retain(|id| *id != job);
                    }
                    self.reporter.report(&WorkerReport::Event(job, event))
                }
            };
            let (device, provenance) = self.device_for(order, &data)?;
            let result = train(order, &data, &device, &provenance, stop, &mut emit);
            self.data = Some(data);
            result
        });
        match result {
            Ok(()) => Ok(()),
            // Its jobs are tried again where another worker can compute.
            Err(error) if error.ends_the_worker() => Err(error),
            Err(error) => {
                let reason = failure(&error);
                open.into_iter().try_for_each(|job| {
                    self.reporter.report(&WorkerReport::Event(job, JobEvent::Failed(reason.clone())))
                })
            }
        }
    }

    /// The device that trains a bundle: the processor if a GPU has no kernels for its network or as many trials.
    fn device_for(
        &self,
        order: &BundleOrder,
        data: &ResidentData,
    ) -> Result<(Device, Provenance), WorkerError> {
        let Some(job) = order.bundle.jobs().next() else {
            return Ok((self.device.clone(), self.provenance.clone()));
        };
        let TrainingData { train, validation, test } = &*data.sets;
        let trials =
            [Some(train), validation.as_ref(), Some(test)].map(|set| set.map_or(0, |set| set.labels.len()));
        let work = workload(job.spec.batch_size, trials, self.provenance.threads);
        let device = self.device.of_training(&Settings::from(&job.spec), data.shape, &work)?;
        let provenance = match (&self.device, &device) {
            (Device::Cuda(_), Device::Cpu) => Provenance {
                device: DeviceChoice::Cpu.to_string(),
                hardware: device.hardware(),
                ..self.provenance.clone()
            },
            _ => self.provenance.clone(),
        };
        Ok((device, provenance))
    }

    /// Takes the resident data set if it is the right one, else loads it.
    fn load(&mut self, order: &BundleOrder) -> Result<ResidentData, WorkerError> {
        match self.data.take() {
            Some(data) if data.identity == order.identity => Ok(data),
            _ => {
                let found = identify(&order.data)?;
                if found != order.identity {
                    let expected = order.identity.to_string();
                    return Err(WorkerError::DataChanged { expected, found: found.to_string() });
                }
                Ok(ResidentData::new(load(&order.data)?, found))
            }
        }
    }
}

/// What all threads of a worker report through.
pub(crate) struct Reporter<W>(Mutex<W>);

impl<W: Write> Reporter<W> {
    pub(crate) fn new(output: W) -> Self {
        Self(Mutex::new(output))
    }

    #[cfg(test)]
    pub(crate) fn into_output(self) -> W {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one line in one call, so that a death in between leaves no half line behind a whole one.
    pub(crate) fn report(&self, report: &WorkerReport) -> Result<(), WorkerError> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(&line).and_then(|()| output.flush()).map_err(WorkerError::Events)
    }
}

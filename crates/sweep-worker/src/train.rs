//! The training of one bundle: the loop in running order.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use candle_core::Device;
use sweep_job::{
    BundleOrder, EpochMetrics, FailureReason, JobEvent, JobId, JobSpec, LossKind, Outcome, PlannedJob,
    Provenance, Score, Shuffle,
};
use sweep_models::{DropoutKey, Network, Optimizer, Step};
use sweep_random::{Purpose, Stream};

use crate::{
    Evaluation, ResidentData, ResidentSet, TrainedJob, WorkerError, checkpoint::Memento, evaluate,
    network::network_for,
};

/// Set from outside to stop a training after the current epoch.
#[derive(Debug, Default)]
pub struct StopFlag(AtomicBool);

impl StopFlag {
    /// Asks for the stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happens in a training.
#[derive(Debug)]
pub enum TrainingEvent {
    /// Something happened to a job, and can be told at once. It is not [`JobEvent::Finished`].
    Job(JobId, JobEvent),
    /// A job is trained to its last epoch.
    Trained(TrainedJob),
}

/// Trains the bundle of `order` on `data`: once, to its longest job; every job gets its own events up to its own last
/// epoch, as if it were trained alone. Nothing is written: who gets a trained job saves it.
///
/// # Errors
/// Where something failed that is not the training's own doing. Jobs that diverge are no error: they get their event.
pub fn train(
    order: &BundleOrder,
    data: &ResidentData,
    device: &Device,
    provenance: &Provenance,
    stop: &StopFlag,
    emit: &mut dyn FnMut(TrainingEvent) -> Result<(), WorkerError>,
) -> Result<(), WorkerError> {
    let jobs = &order.bundle.jobs;
    let Some(longest) = jobs.last() else { return Ok(()) };
    for job in jobs {
        tell(emit, job, JobEvent::Started(provenance.clone()))?;
    }
    let mut training = Training::new(&longest.spec, data, device)?;
    for epoch in 1..=longest.spec.epochs {
        let running: Vec<&PlannedJob> = jobs.iter().filter(|job| job.spec.epochs >= epoch).collect();
        let metrics = match training.epoch(epoch)? {
            Ok(metrics) => metrics,
            Err(reason) => {
                return running.iter().try_for_each(|job| tell(emit, job, JobEvent::Failed(reason.clone())));
            }
        };
        for job in &running {
            tell(emit, job, JobEvent::EpochFinished(metrics))?;
        }
        let (ending, going_on): (Vec<_>, Vec<_>) =
            running.into_iter().partition(|job| job.spec.epochs == epoch);
        for job in ending {
            emit(TrainingEvent::Trained(training.ended(&order.weights_dir, job.id)?))?;
        }
        if stop.is_raised() {
            return going_on.iter().try_for_each(|job| tell(emit, job, JobEvent::Interrupted));
        }
    }
    Ok(())
}

fn tell(
    emit: &mut dyn FnMut(TrainingEvent) -> Result<(), WorkerError>,
    job: &PlannedJob,
    event: JobEvent,
) -> Result<(), WorkerError> {
    emit(TrainingEvent::Job(job.id, event))
}

/// One trajectory: the network, its optimizer, and the epochs worth keeping so far.
struct Training<'a> {
    spec: &'a JobSpec,
    data: &'a ResidentData,
    network: Network,
    optimizer: Optimizer,
    /// Best by test accuracy, and chosen by the validation set, each with its metrics.
    best: Option<(EpochMetrics, Memento)>,
    selected: Option<(EpochMetrics, Memento)>,
    /// The test set's evaluation after the last epoch.
    last: Option<(u32, Evaluation)>,
}

impl<'a> Training<'a> {
    fn new(spec: &'a JobSpec, data: &'a ResidentData, device: &Device) -> Result<Self, WorkerError> {
        let network = network_for(spec, data.shape, device)?;
        let optimizer = Optimizer::new(spec, &network)?;
        Ok(Self { spec, data, network, optimizer, best: None, selected: None, last: None })
    }

    /// Trains one epoch and evaluates after it.
    fn epoch(&mut self, epoch: u32) -> Result<Result<EpochMetrics, FailureReason>, WorkerError> {
        let begin = Instant::now();
        let train = match self.train_epoch(epoch)? {
            Ok(score) => score,
            Err(reason) => return Ok(Err(reason)),
        };
        let trained = Instant::now();
        let network = &mut self.network;
        let validation = self.data.validation.as_ref().map(|set| evaluate(network, set)).transpose()?;
        let test = evaluate(network, &self.data.test)?;
        let metrics = EpochMetrics {
            epoch,
            train,
            validation: validation.as_ref().map(|evaluation| evaluation.score),
            test: test.score,
            train_seconds: (trained - begin).as_secs_f64(),
            evaluation_seconds: trained.elapsed().as_secs_f64(),
        };
        for (loss, score) in
            [(LossKind::Validation, metrics.validation), (LossKind::Test, Some(metrics.test))]
        {
            if score.is_some_and(|score| !score.loss.is_finite()) {
                return Ok(Err(FailureReason::Diverged { epoch, step: self.steps(), loss }));
            }
        }
        self.keep(metrics, test)?;
        Ok(Ok(metrics))
    }

    /// One pass over the train set.
    fn train_epoch(&mut self, epoch: u32) -> Result<Result<Score, FailureReason>, WorkerError> {
        let set = &self.data.train;
        let order = trial_order(self.spec, set, epoch);
        let (mut loss_sum, mut correct_count) = (0.0, 0);
        for (step, numbers) in (1..).zip(order.chunks(self.spec.batch_size as usize)) {
            let key = DropoutKey { seed: self.spec.seed, epoch, step };
            let Step { loss, correct } =
                self.network.step(set.signal(), numbers, &set.labels_of(numbers), key)?;
            if !loss.is_finite() {
                return Ok(Err(FailureReason::Diverged { epoch, step, loss: LossKind::Train }));
            }
            loss_sum += loss * numbers.len() as f64;
            correct_count += correct;
            self.optimizer.step(self.network.gradients())?;
            self.network.apply_max_norm()?;
        }
        let trials = order.len() as f64;
        Ok(Ok(Score { loss: loss_sum / trials, accuracy: correct_count as f64 / trials }))
    }

    /// Steps of an epoch.
    fn steps(&self) -> u32 {
        self.data.train.trials().div_ceil(self.spec.batch_size as usize) as u32
    }

    fn keep(&mut self, metrics: EpochMetrics, test: Evaluation) -> Result<(), WorkerError> {
        let is_best = metrics.beats_on_test(self.best.as_ref().map(|(best, _)| best));
        let is_selected = metrics.beats_on_validation(self.selected.as_ref().map(|(selected, _)| selected));
        if is_best || is_selected {
            let memento = self.memento(metrics.epoch, test.clone())?;
            if is_best {
                self.best = Some((metrics, memento.clone()));
            }
            if is_selected {
                self.selected = Some((metrics, memento));
            }
        }
        self.last = Some((metrics.epoch, test));
        Ok(())
    }

    fn memento(&self, epoch: u32, test: Evaluation) -> Result<Memento, WorkerError> {
        Ok(Memento { epoch, test, weights: self.network.to_safetensors()? })
    }

    /// What a job leaves that ends now.
    fn ended(&self, weights_dir: &Path, job: JobId) -> Result<TrainedJob, WorkerError> {
        let (Some((_, best)), Some((epoch, test))) = (&self.best, &self.last) else {
            return Err(WorkerError::Tensor("a job ended without an epoch".to_owned()));
        };
        let mut files = Vec::new();
        let mut keep = |memento: Memento, name| {
            let (snapshot, file) = memento.into_file(weights_dir, job, name);
            files.push(file);
            snapshot
        };
        let outcome = Outcome {
            best: keep(best.clone(), "best"),
            selected: self.selected.as_ref().map(|(_, selected)| keep(selected.clone(), "selected")),
            last: keep(self.memento(*epoch, test.clone())?, "last"),
        };
        Ok(TrainedJob { job, outcome: Box::new(outcome), files })
    }
}

/// The order of the train set in `epoch`: from the order of the files and the epoch's own numbers, so that no epoch depends on
/// the one before.
fn trial_order(spec: &JobSpec, set: &ResidentSet, epoch: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..set.trials() as u32).collect();
    match spec.shuffle {
        Shuffle::EveryEpoch => Stream::new(spec.seed, Purpose::Shuffle, epoch, 0).draws().shuffle(&mut order),
        Shuffle::Never => {}
    }
    order
}

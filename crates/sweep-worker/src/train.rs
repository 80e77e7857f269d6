//! The training of one bundle: the loop in running order.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sweep_job::{
    BundleOrder, EpochMetrics, FailureReason, JobEvent, JobId, JobSpec, LossKind, NetworkNote, Outcome,
    PlannedJob, Provenance, Shuffle, TrajectoryKey,
};
use sweep_models::{Device, Divergence, Engine, Epoch, InputShape, Settings, TrainedEpoch, first_not_finite};
use sweep_random::{Purpose, Stream};

use crate::{
    CheckpointFolder, Evaluation, ResidentData, TrainedJob, WorkerError,
    checkpoint::{Checkpoint, Due, Origin},
    evaluate,
    memento::Memento,
    network::engine_for,
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
/// epoch, as if it were trained alone. Where a checkpoint of the training is there, it goes on from that, and says again what was before. Nothing
/// but checkpoints is written: who gets a trained job saves it.
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
    let engine = |spec: &JobSpec| engine_for(spec, data.shape, device);
    train_by(&engine, order, data, provenance, stop, emit)
}

/// Makes the engine of a training.
type MakeEngine<'a> = dyn Fn(&JobSpec) -> Result<Box<dyn Engine>, WorkerError> + 'a;

/// The same by engines of any kind.
pub(crate) fn train_by(
    engine: &MakeEngine<'_>,
    order: &BundleOrder,
    data: &ResidentData,
    provenance: &Provenance,
    stop: &StopFlag,
    emit: &mut dyn FnMut(TrainingEvent) -> Result<(), WorkerError>,
) -> Result<(), WorkerError> {
    let jobs: Vec<&PlannedJob> = order.bundle.jobs.iter().collect();
    let Some(longest) = jobs.last() else { return Ok(()) };
    let mut training = Training::new(order, &longest.spec, data, engine(&longest.spec)?, provenance)?;
    if let Err(error) = training.resume() {
        tracing::warn!("a training begins anew, since it cannot go on from its checkpoint: {error}");
        training = Training::new(order, &longest.spec, data, engine(&longest.spec)?, provenance)?;
    }
    // What is resumed is told from its beginning, so that whoever records it needs to keep nothing of an earlier attempt.
    for job in &jobs {
        tell(emit, job, JobEvent::Started(provenance.clone()))?;
        for metrics in &training.history {
            tell(emit, job, JobEvent::EpochFinished(*metrics))?;
        }
    }
    let mut going_on = end_jobs(jobs, &training, emit)?;
    while !going_on.is_empty() {
        let metrics = match training.epoch()? {
            Ok(metrics) => metrics,
            Err(reason) => {
                return going_on.iter().try_for_each(|job| tell(emit, job, JobEvent::Failed(reason.clone())));
            }
        };
        for job in &going_on {
            tell(emit, job, JobEvent::EpochFinished(metrics))?;
        }
        going_on = end_jobs(going_on, &training, emit)?;
        let is_stopped = stop.is_raised();
        if !going_on.is_empty() {
            training.save_if_due(is_stopped);
        }
        if is_stopped {
            return going_on.iter().try_for_each(|job| tell(emit, job, JobEvent::Interrupted));
        }
    }
    Ok(())
}

/// Ends the jobs whose last epoch the training has reached, and gives the others.
fn end_jobs<'j>(
    jobs: Vec<&'j PlannedJob>,
    training: &Training<'_>,
    emit: &mut dyn FnMut(TrainingEvent) -> Result<(), WorkerError>,
) -> Result<Vec<&'j PlannedJob>, WorkerError> {
    let (ending, going_on): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|job| job.spec.epochs == training.epochs());
    for job in ending {
        emit(TrainingEvent::Trained(training.ended(job.id)?))?;
    }
    Ok(going_on)
}

fn tell(
    emit: &mut dyn FnMut(TrainingEvent) -> Result<(), WorkerError>,
    job: &PlannedJob,
    event: JobEvent,
) -> Result<(), WorkerError> {
    emit(TrainingEvent::Job(job.id, event))
}

/// One trajectory: the engine that trains it, and the epochs worth keeping so far.
struct Training<'a> {
    order: &'a BundleOrder,
    spec: &'a JobSpec,
    data: &'a ResidentData,
    engine: Box<dyn Engine>,
    /// Epochs that the engine has taken.
    submitted: u32,
    /// The metrics of all epochs so far.
    history: Vec<EpochMetrics>,
    /// Best by test accuracy, and chosen by the validation set.
    best: Option<Memento>,
    selected: Option<Memento>,
    /// The test set's evaluation after the last epoch.
    last: Option<Evaluation>,
    checkpoints: CheckpointFolder,
    origin: Origin,
    due: Due,
}

impl<'a> Training<'a> {
    fn new(
        order: &'a BundleOrder,
        spec: &'a JobSpec,
        data: &'a ResidentData,
        mut engine: Box<dyn Engine>,
        provenance: &Provenance,
    ) -> Result<Self, WorkerError> {
        engine.take_data(Arc::clone(&data.sets))?;
        let origin = Origin {
            trajectory: TrajectoryKey::on(spec, &order.identity).to_string(),
            hardware: provenance.hardware.clone(),
            arithmetic: provenance.arithmetic,
        };
        Ok(Self {
            order,
            spec,
            data,
            engine,
            submitted: 0,
            history: Vec::new(),
            best: None,
            selected: None,
            last: None,
            checkpoints: CheckpointFolder::new(&order.weights_dir, spec, &order.identity),
            origin,
            due: Due::new(order.checkpoint_every, 0),
        })
    }

    /// Epochs that have ended.
    fn epochs(&self) -> u32 {
        self.history.len() as u32
    }

    /// Goes on where the newest checkpoint stands that no job of the order has left behind, if there is one.
    fn resume(&mut self) -> Result<(), WorkerError> {
        let most = self.order.bundle.jobs.first().map_or(0, |job| job.spec.epochs);
        let Some(checkpoint) = self.checkpoints.newest(&self.origin, most) else { return Ok(()) };
        let Checkpoint { origin: _, history, network, optimizer, best, selected } = checkpoint;
        let mut state = self.engine.state(0)?;
        state.load_network(self.spec.model, self.data.shape, &network)?;
        state.load_optimizer(&optimizer)?;
        if let Some(what) = first_not_finite(&state.optimizer) {
            return Err(WorkerError::Training(format!("{what} is not finite")));
        }
        self.engine.set_state(0, state)?;
        self.last = Some(evaluate(self.engine.as_mut(), self.data.shape.classes, &self.data.sets.test)?);
        (self.history, self.best, self.selected) = (history, Some(best), selected);
        self.submitted = self.epochs();
        self.due.saved(self.epochs());
        Ok(())
    }

    /// Saves the training where it is time to, or `now`. One that cannot be saved goes on: what is lost, if it comes to that, is time.
    fn save_if_due(&mut self, now: bool) {
        let epoch = self.epochs();
        if self.due.is_due(epoch) || (now && self.due.is_unsaved(epoch)) {
            if let Err(error) = self.checkpoint().and_then(|checkpoint| self.checkpoints.save(&checkpoint)) {
                tracing::warn!("no checkpoint after epoch {epoch}: {error}");
            }
            self.due.saved(epoch);
        }
    }

    fn checkpoint(&self) -> Result<Checkpoint, WorkerError> {
        let state = self.engine.state(0)?;
        Ok(Checkpoint {
            origin: self.origin.clone(),
            history: self.history.clone(),
            network: state.network_to_safetensors(&Settings::from(self.spec), self.data.shape)?,
            optimizer: state.optimizer_to_safetensors()?,
            best: self.best.clone().ok_or_else(without_epoch)?,
            selected: self.selected.clone(),
        })
    }

    /// The next epoch, with the evaluations after it.
    fn epoch(&mut self) -> Result<Result<EpochMetrics, FailureReason>, WorkerError> {
        // An engine may compute epochs ahead while the results of earlier ones are recorded.
        while self.submitted < self.spec.epochs && self.engine.wants_epoch() {
            self.submit()?;
        }
        let epoch = self.epochs() + 1;
        let result = self.engine.collect()?.and_then(|members| members.into_iter().next());
        let TrainedEpoch { train, validation, test, not_finite, train_seconds, evaluation_seconds } =
            match result.ok_or_else(without_epoch)? {
                Ok(trained) => trained,
                Err(Divergence { step }) => {
                    return Ok(Err(FailureReason::Diverged { epoch, step, loss: LossKind::Train }));
                }
            };
        let (classes, sets) = (self.data.shape.classes, &self.data.sets);
        let validation = validation
            .zip(sets.validation.as_ref())
            .map(|(logits, set)| Evaluation::of(logits, classes, &set.labels));
        let test = Evaluation::of(test, classes, &sets.test.labels);
        let metrics = EpochMetrics {
            epoch,
            train,
            validation: validation.as_ref().map(|evaluation| evaluation.score),
            test: test.score,
            train_seconds,
            evaluation_seconds,
        };
        if let Some(loss) = first_divergence(validation.as_ref(), &test, not_finite) {
            return Ok(Err(FailureReason::Diverged { epoch, step: self.steps(), loss }));
        }
        self.keep(metrics, test)?;
        Ok(Ok(metrics))
    }

    /// Hands the next epoch to the engine.
    fn submit(&mut self) -> Result<(), WorkerError> {
        let number = self.submitted + 1;
        let order = trial_order(self.spec, self.data.sets.train.labels.len(), number);
        let batch_size = self.spec.batch_size as usize;
        self.engine.submit(Epoch { number, batch_size, orders: vec![order] })?;
        self.submitted = number;
        Ok(())
    }

    /// Steps of an epoch.
    fn steps(&self) -> u32 {
        self.data.sets.train.labels.len().div_ceil(self.spec.batch_size as usize) as u32
    }

    fn keep(&mut self, metrics: EpochMetrics, test: Evaluation) -> Result<(), WorkerError> {
        let of = |memento: &Option<Memento>| {
            memento.as_ref().map(|memento| &self.history[memento.epoch as usize - 1])
        };
        let is_best = metrics.beats_on_test(of(&self.best));
        let is_selected = metrics.beats_on_validation(of(&self.selected));
        if is_best || is_selected {
            let memento = self.memento(metrics.epoch, test.clone())?;
            if is_best {
                self.best = Some(memento.clone());
            }
            if is_selected {
                self.selected = Some(memento);
            }
        }
        self.history.push(metrics);
        self.last = Some(test);
        Ok(())
    }

    fn memento(&self, epoch: u32, test: Evaluation) -> Result<Memento, WorkerError> {
        let weights =
            self.engine.state(0)?.network_to_safetensors(&Settings::from(self.spec), self.data.shape)?;
        Ok(Memento { epoch, test, weights })
    }

    /// What a job leaves that ends now.
    fn ended(&self, job: JobId) -> Result<TrainedJob, WorkerError> {
        let (Some(best), Some(test)) = (&self.best, &self.last) else { return Err(without_epoch()) };
        let note = self.note().to_text().map_err(|error| WorkerError::Training(error.to_string()))?;
        let mut files = Vec::new();
        let mut keep = |memento: Memento, name| {
            let (snapshot, file) = memento.into_file(&self.order.weights_dir, job, name, note.clone())?;
            files.push(file);
            Ok::<_, WorkerError>(snapshot)
        };
        let outcome = Outcome {
            best: keep(best.clone(), "best")?,
            selected: self.selected.clone().map(|selected| keep(selected, "selected")).transpose()?,
            last: keep(self.memento(self.epochs(), test.clone())?, "last")?,
        };
        Ok(TrainedJob { job, outcome: Box::new(outcome), files })
    }

    /// What the weights files say of the network.
    fn note(&self) -> NetworkNote {
        let InputShape { channels, samples, .. } = self.data.shape;
        NetworkNote {
            model: self.spec.model,
            activation: self.spec.activation,
            settings: self.spec.model.descriptor().own(&self.spec.more),
            channels,
            samples,
            classes: Some(self.data.classes.clone()),
            sampling_rate_hz: self.data.sampling_rate_hz,
            preparation: Some(self.data.preparation.clone()),
        }
    }
}

/// What is not finite after an epoch, if anything: a loss, a logit, or what the next epoch and the saved weights depend on.
fn first_divergence(
    validation: Option<&Evaluation>,
    test: &Evaluation,
    state: Option<String>,
) -> Option<LossKind> {
    let sets = [(LossKind::Validation, "validation", validation), (LossKind::Test, "test", Some(test))];
    for (loss, _, evaluation) in &sets {
        if evaluation.is_some_and(|evaluation| !evaluation.score.loss.is_finite()) {
            return Some(loss.clone());
        }
    }
    for (_, set, evaluation) in sets {
        if evaluation.is_some_and(|evaluation| !evaluation.predictions.are_finite()) {
            return Some(LossKind::State(format!("a logit of the {set} set")));
        }
    }
    state.map(LossKind::State)
}

fn without_epoch() -> WorkerError {
    WorkerError::Training("it has no epoch yet".to_owned())
}

/// The order of the train set in `epoch`: from the order of the files and the epoch's own numbers, so that no epoch depends on
/// the one before.
fn trial_order(spec: &JobSpec, trials: usize, epoch: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..trials as u32).collect();
    match spec.shuffle {
        Shuffle::EveryEpoch => Stream::new(spec.seed, Purpose::Shuffle, epoch, 0).draws().shuffle(&mut order),
        Shuffle::Never => {}
    }
    order
}

//! One training of a bundle: what has become of it so far, and the jobs that it still serves. It does not know the others.

use sweep_job::{
    BundleOrder, EpochMetrics, FailureReason, JobEvent, JobId, JobSpec, LossKind, NetworkNote, Outcome,
    PlannedJob, Provenance, Shuffle, Training, TrajectoryKey,
};
use sweep_models::{
    Divergence, Engine, EpochResult, InputShape, Member, MemberEpoch, Settings, TrainedEpoch,
    first_not_finite,
};
use sweep_random::{Purpose, Stream};

use crate::{
    CheckpointFolder, Evaluation, ResidentData, StopFlag, TrainedJob, TrainingEvent, WorkerError,
    checkpoint::{Checkpoint, Due, Origin},
    evaluate::evaluate_member,
    memento::Memento,
    network::{load_initial_weights, member_of},
    train::Emit,
};

/// One trajectory: the jobs that it serves, and the epochs worth keeping so far.
pub(crate) struct OpenTraining<'a> {
    order: &'a BundleOrder,
    /// That of any of its jobs: nothing here depends on its number of epochs.
    spec: &'a JobSpec,
    data: &'a ResidentData,
    /// Its place in the engine.
    member: usize,
    /// Jobs that have not ended, fewest epochs first.
    open: Vec<&'a PlannedJob>,
    /// Epochs that the engine has taken.
    submitted: u32,
    progress: Progress,
    checkpoints: CheckpointFolder,
    origin: Origin,
    due: Due,
}

/// The epochs so far.
#[derive(Default)]
struct Progress {
    /// The metrics of all of them.
    history: Vec<EpochMetrics>,
    /// Best by test accuracy, and chosen by the validation set.
    best: Option<Memento>,
    selected: Option<Memento>,
    /// The test set's evaluation after the last one, unless that one was resumed.
    last: Option<Evaluation>,
}

impl<'a> OpenTraining<'a> {
    /// The training before its first epoch; `None` if it serves no job.
    pub(crate) fn new(
        order: &'a BundleOrder,
        training: &'a Training,
        data: &'a ResidentData,
        provenance: &Provenance,
    ) -> Option<Self> {
        let spec = &training.jobs.last()?.spec;
        let origin = Origin::new(TrajectoryKey::on(spec, &order.identity).to_string(), provenance);
        Some(Self {
            order,
            spec,
            data,
            member: 0,
            open: training.jobs.iter().collect(),
            submitted: 0,
            progress: Progress::default(),
            checkpoints: CheckpointFolder::new(&order.weights_dir, spec, &order.identity),
            origin,
            due: Due::new(order.checkpoint_every, 0),
        })
    }

    /// What the engine needs to know of it.
    pub(crate) fn member(&self) -> Member {
        member_of(self.spec)
    }

    pub(crate) fn batch_size(&self) -> usize {
        self.spec.batch_size as usize
    }

    /// Whether it serves a job that has not ended.
    pub(crate) fn goes_on(&self) -> bool {
        !self.open.is_empty()
    }

    /// Puts its first state into `engine`, as its member number `member`, and tells what it has already.
    pub(crate) fn begin(
        &mut self,
        engine: &mut dyn Engine,
        member: usize,
        provenance: &Provenance,
        emit: &mut Emit<'_>,
    ) -> Result<(), WorkerError> {
        self.member = member;
        load_initial_weights(engine, member, self.spec, self.data.shape)?;
        self.resume_or_begin_anew(engine)?;
        self.evaluate_if_a_job_ends(engine)?;
        // What is resumed is told from its beginning, so that whoever records it needs to keep nothing of an earlier attempt.
        for job in &self.open {
            tell(emit, job, JobEvent::Started(provenance.clone()))?;
            for metrics in &self.progress.history {
                tell(emit, job, JobEvent::EpochFinished(*metrics))?;
            }
        }
        self.end_jobs(engine, emit)
    }

    /// Goes on from a checkpoint if there is one that can be used.
    fn resume_or_begin_anew(&mut self, engine: &mut dyn Engine) -> Result<(), WorkerError> {
        let most = self.open.first().map_or(0, |job| job.spec.epochs);
        let Some(checkpoint) = self.checkpoints.newest(&self.origin, most) else { return Ok(()) };
        let first = engine.state(self.member)?;
        match self.resume(engine, checkpoint) {
            Ok(progress) => {
                self.progress = progress;
                self.submitted = self.epochs();
                self.due.saved(self.epochs());
                Ok(())
            }
            // The checkpoint is not to blame for these.
            Err(error) if error.ends_the_bundle() => Err(error),
            Err(error) => {
                tracing::warn!("a training begins anew, since it cannot go on from its checkpoint: {error}");
                Ok(engine.set_state(self.member, first)?)
            }
        }
    }

    fn resume(&self, engine: &mut dyn Engine, checkpoint: Checkpoint) -> Result<Progress, WorkerError> {
        let Checkpoint { origin: _, history, network, optimizer, best, selected } = checkpoint;
        let mut state = engine.state(self.member)?;
        state.load_network(self.spec.model, self.data.shape, &network)?;
        state.load_optimizer(&optimizer)?;
        if let Some(what) = first_not_finite(&state.optimizer) {
            return Err(WorkerError::Training(format!("{what} is not finite")));
        }
        engine.set_state(self.member, state)?;
        Ok(Progress { history, best: Some(best), selected, last: None })
    }

    /// Evaluates the test set if a job ends where the training was resumed. Otherwise the next epoch does.
    fn evaluate_if_a_job_ends(&mut self, engine: &mut dyn Engine) -> Result<(), WorkerError> {
        let epochs = self.epochs();
        if epochs > 0 && self.open.first().is_some_and(|job| job.spec.epochs == epochs) {
            let (classes, test) = (self.data.shape.classes, &self.data.sets.test);
            self.progress.last = Some(evaluate_member(engine, self.member, classes, test)?);
        }
        Ok(())
    }

    /// Epochs that have ended.
    fn epochs(&self) -> u32 {
        self.progress.history.len() as u32
    }

    /// The next epoch for the engine, if it is not to rest.
    pub(crate) fn next_epoch(&mut self) -> Option<MemberEpoch> {
        let epochs = self.open.last()?.spec.epochs;
        if self.submitted >= epochs {
            return None;
        }
        self.submitted += 1;
        let order = trial_order(self.spec, self.data.sets.train.labels.len(), self.submitted);
        Some(MemberEpoch { number: self.submitted, order })
    }

    /// Takes the result of an epoch, and tells of it and of the jobs that end with it.
    pub(crate) fn take_epoch(
        &mut self,
        engine: &mut dyn Engine,
        result: EpochResult,
        emit: &mut Emit<'_>,
    ) -> Result<(), WorkerError> {
        match self.judge(result) {
            Err(reason) => self.end_all(&JobEvent::Failed(reason), emit),
            Ok((metrics, test)) => {
                self.keep(engine, metrics, test)?;
                for job in &self.open {
                    tell(emit, job, JobEvent::EpochFinished(metrics))?;
                }
                self.end_jobs(engine, emit)
            }
        }
    }

    /// The metrics of an epoch, with its evaluation of the test set, or how it diverged.
    fn judge(&self, result: EpochResult) -> Result<(EpochMetrics, Evaluation), FailureReason> {
        let epoch = self.epochs() + 1;
        let diverged = |step, loss| FailureReason::Diverged { epoch, step, loss };
        let TrainedEpoch { train, validation, test, not_finite, train_seconds, evaluation_seconds } =
            result.map_err(|Divergence { step }| diverged(step, LossKind::Train))?;
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
        match first_divergence(validation.as_ref(), &test, not_finite) {
            Some(loss) => Err(diverged(self.steps(), loss)),
            None => Ok((metrics, test)),
        }
    }

    /// Steps of an epoch.
    fn steps(&self) -> u32 {
        self.data.sets.train.labels.len().div_ceil(self.batch_size()) as u32
    }

    fn keep(
        &mut self,
        engine: &dyn Engine,
        metrics: EpochMetrics,
        test: Evaluation,
    ) -> Result<(), WorkerError> {
        let Progress { history, best, selected, .. } = &self.progress;
        let of =
            |memento: &Option<Memento>| memento.as_ref().map(|memento| &history[memento.epoch as usize - 1]);
        let is_best = metrics.beats_on_test(of(best));
        let is_selected = metrics.beats_on_validation(of(selected));
        if is_best || is_selected {
            let memento = self.memento(engine, metrics.epoch, test.clone())?;
            if is_best {
                self.progress.best = Some(memento.clone());
            }
            if is_selected {
                self.progress.selected = Some(memento);
            }
        }
        self.progress.history.push(metrics);
        self.progress.last = Some(test);
        Ok(())
    }

    fn memento(&self, engine: &dyn Engine, epoch: u32, test: Evaluation) -> Result<Memento, WorkerError> {
        let state = engine.state(self.member)?;
        let weights = state.network_to_safetensors(&Settings::from(self.spec), self.data.shape)?;
        Ok(Memento { epoch, test, weights })
    }

    /// Gives up the jobs that nobody wants any more.
    pub(crate) fn give_up_cancelled(
        &mut self,
        stop: &StopFlag,
        emit: &mut Emit<'_>,
    ) -> Result<(), WorkerError> {
        let mut cancelled = self.open.extract_if(.., |job| stop.is_cancelled(job.id));
        cancelled.try_for_each(|job| tell(emit, job, JobEvent::Failed(FailureReason::Cancelled)))
    }

    /// Ends the jobs whose last epoch it has reached.
    fn end_jobs(&mut self, engine: &dyn Engine, emit: &mut Emit<'_>) -> Result<(), WorkerError> {
        let epochs = self.epochs();
        while let Some(job) = self.open.first()
            && job.spec.epochs == epochs
        {
            emit(TrainingEvent::Trained(self.ended(engine, job.id)?))?;
            self.open.remove(0);
        }
        Ok(())
    }

    /// Ends all its jobs by `event`.
    pub(crate) fn end_all(&mut self, event: &JobEvent, emit: &mut Emit<'_>) -> Result<(), WorkerError> {
        self.open.drain(..).try_for_each(|job| tell(emit, job, event.clone()))
    }

    /// Saves it if it goes on and it is time to, or `now`. One that cannot be saved goes on: what is lost, if it comes to that, is time.
    pub(crate) fn save_if_due(&mut self, engine: &dyn Engine, now: bool) {
        let epoch = self.epochs();
        if self.goes_on() && (self.due.is_due(epoch) || (now && self.due.is_unsaved(epoch))) {
            let saved = self.checkpoint(engine).and_then(|checkpoint| self.checkpoints.save(&checkpoint));
            if let Err(error) = saved {
                tracing::warn!("no checkpoint after epoch {epoch}: {error}");
            }
            self.due.saved(epoch);
        }
    }

    fn checkpoint(&self, engine: &dyn Engine) -> Result<Checkpoint, WorkerError> {
        let state = engine.state(self.member)?;
        Ok(Checkpoint {
            origin: self.origin.clone(),
            history: self.progress.history.clone(),
            network: state.network_to_safetensors(&Settings::from(self.spec), self.data.shape)?,
            optimizer: state.optimizer_to_safetensors()?,
            best: self.progress.best.clone().ok_or_else(without_epoch)?,
            selected: self.progress.selected.clone(),
        })
    }

    /// What a job leaves that ends now.
    fn ended(&self, engine: &dyn Engine, job: JobId) -> Result<TrainedJob, WorkerError> {
        let Progress { best: Some(best), selected, last: Some(test), .. } = &self.progress else {
            return Err(without_epoch());
        };
        let note = self.note().to_text().map_err(|error| WorkerError::Training(error.to_string()))?;
        let mut files = Vec::new();
        let mut keep = |memento: Memento, name| {
            let (snapshot, file) = memento.into_file(&self.order.weights_dir, job, name, note.clone())?;
            files.push(file);
            Ok::<_, WorkerError>(snapshot)
        };
        let outcome = Outcome {
            best: keep(best.clone(), "best")?,
            selected: selected.clone().map(|selected| keep(selected, "selected")).transpose()?,
            last: keep(self.memento(engine, self.epochs(), test.clone())?, "last")?,
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

fn tell(emit: &mut Emit<'_>, job: &PlannedJob, event: JobEvent) -> Result<(), WorkerError> {
    emit(TrainingEvent::Job(job.id, event))
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

pub(crate) fn without_epoch() -> WorkerError {
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

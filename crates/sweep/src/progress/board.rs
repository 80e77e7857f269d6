//! The state that the display is drawn from: which slot trains what, how far, and what is left.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::{Duration, Instant},
};

use sweep_job::{Bundle, EpochMetrics, JobEvent, JobId, JobSpec, PlannedJob, Standouts, Training};
use sweep_report::Left;
use sweep_scheduler::{RunEvent, Slot};

use super::labels::Labels;
use crate::eta::Estimator;

/// Everything that is known about the running sweep.
pub(super) struct Board {
    specs: HashMap<JobId, JobSpec>,
    pub(super) labels: Labels,
    /// Jobs that have ended, here or in another run.
    ended: HashSet<JobId>,
    /// The trainings that run side by side in each slot; never none.
    pub(super) slots: BTreeMap<Slot, Vec<ShownTraining>>,
    pub(super) workers: usize,
    pub(super) train_trials: usize,
    pub(super) jobs: usize,
    /// Epochs to train here in all; those of a training that broke off no longer count.
    pub(super) epochs: u64,
    pub(super) epochs_done: u64,
    /// The best epoch of all jobs of this run so far, and whose it is.
    pub(super) best: Option<(EpochMetrics, JobId)>,
    estimator: Estimator,
    begin: Instant,
}

/// A training in a slot.
pub(super) struct ShownTraining {
    /// Its longest job that has not ended: the others follow the same trajectory.
    pub(super) job: JobId,
    pub(super) spec: JobSpec,
    /// Its shorter jobs that have not ended, fewest epochs first.
    pub(super) shorter: Vec<PlannedJob>,
    pub(super) metrics: Option<EpochMetrics>,
    pub(super) standouts: Standouts,
    /// The test accuracy of each epoch that has ended, as a share.
    pub(super) test_accuracies: Vec<f64>,
}

impl ShownTraining {
    /// A training of jobs before its first epoch; none without jobs.
    pub(super) fn new(mut jobs: Vec<PlannedJob>) -> Option<Self> {
        let PlannedJob { id, spec } = jobs.pop()?;
        let (metrics, standouts, test_accuracies) = (None, Standouts::default(), Vec::new());
        Some(Self { job: id, spec, shorter: jobs, metrics, standouts, test_accuracies })
    }

    /// The highest test accuracy so far.
    pub(super) fn best_test_accuracy(&self) -> Option<f64> {
        self.standouts.best.map(|best| best.test.accuracy)
    }

    /// Epochs that have ended.
    pub(super) fn epochs_done(&self) -> u32 {
        self.metrics.map_or(0, |metrics| metrics.epoch)
    }

    fn epochs_left(&self) -> u32 {
        self.spec.epochs.saturating_sub(self.epochs_done())
    }
}

impl Board {
    pub(super) fn new(trainings: &[Training], workers: usize, train_trials: usize) -> Self {
        let mut estimator = Estimator::default();
        for longest in trainings.iter().filter_map(|training| training.jobs.last()) {
            estimator.add(&longest.spec, longest.spec.epochs);
        }
        let jobs = trainings.iter().flat_map(|training| &training.jobs);
        let specs: HashMap<_, _> = jobs.map(|job| (job.id, job.spec.clone())).collect();
        Self {
            jobs: specs.len(),
            labels: Labels::new(specs.values()),
            specs,
            slots: BTreeMap::new(),
            workers,
            train_trials,
            ended: HashSet::new(),
            epochs: trainings.iter().map(|training| u64::from(training.epochs())).sum(),
            epochs_done: 0,
            best: None,
            estimator,
            begin: Instant::now(),
        }
    }

    pub(super) fn apply(&mut self, run_event: &RunEvent<'_>) {
        match run_event {
            RunEvent::BundleHandedOut { slot, bundle } => self.begin_bundle(*slot, bundle),
            RunEvent::Job { slot, job, event: JobEvent::EpochFinished(metrics) } => {
                self.apply_epoch(*slot, *job, metrics);
            }
            RunEvent::Job { slot, job, event } if is_end(event) => self.end_job(*slot, *job),
            _ => {}
        }
    }

    fn begin_bundle(&mut self, slot: Slot, bundle: &Bundle) {
        let trainings = bundle.trainings.iter().map(|training| training.jobs.clone());
        self.slots.insert(slot, trainings.filter_map(ShownTraining::new).collect());
    }

    fn apply_epoch(&mut self, slot: Slot, job: JobId, metrics: &EpochMetrics) {
        let mut trainings = self.slots.get_mut(&slot).into_iter().flatten();
        let Some(training) = trainings.find(|training| training.job == job) else { return };
        training.test_accuracies.push(metrics.test.accuracy);
        training.metrics = Some(*metrics);
        training.standouts = training.standouts.with(metrics);
        if metrics.beats_on_test(self.best.as_ref().map(|(best, _)| best)) {
            self.best = Some((*metrics, job));
        }
        self.estimator.measure(&training.spec, metrics.train_seconds + metrics.evaluation_seconds);
        self.epochs_done += 1;
    }

    fn end_job(&mut self, slot: Slot, job: JobId) {
        self.ended.insert(job);
        let Some(trainings) = self.slots.get_mut(&slot) else { return };
        trainings.iter_mut().for_each(|training| training.shorter.retain(|shorter| shorter.id != job));
        let Some(place) = trainings.iter().position(|training| training.job == job) else { return };
        let training = &mut trainings[place];
        let mut dropped = training.epochs_left();
        let spec = training.spec.clone();
        match training.shorter.pop() {
            // The longest alone was given up.
            Some(PlannedJob { id, spec }) => {
                (training.job, training.spec) = (id, spec);
                dropped -= training.epochs_left();
            }
            None => {
                trainings.remove(place);
            }
        }
        if trainings.is_empty() {
            self.slots.remove(&slot);
        }
        self.estimator.drop(&spec, dropped);
        self.epochs -= u64::from(dropped);
    }

    /// A training of `jobs` is left to another run, or was.
    pub(super) fn leave(&mut self, jobs: &[PlannedJob]) {
        if let Some(longest) = jobs.last() {
            self.estimator.drop(&longest.spec, longest.spec.epochs);
            self.epochs = self.epochs.saturating_sub(u64::from(longest.spec.epochs));
        }
    }

    /// A training of `jobs` is to be done here, once more perhaps.
    pub(super) fn expect(&mut self, jobs: &[PlannedJob]) {
        if let Some(longest) = jobs.last() {
            self.estimator.add(&longest.spec, longest.spec.epochs);
            self.epochs += u64::from(longest.spec.epochs);
        }
        for job in jobs {
            self.ended.remove(&job.id);
        }
    }

    /// Another run ended the job.
    pub(super) fn ended_elsewhere(&mut self, job: JobId) {
        self.ended.insert(job);
    }

    /// Jobs that have ended.
    pub(super) fn ended(&self) -> usize {
        self.ended.len()
    }

    /// What a job is called beside its id.
    pub(super) fn label(&self, job: JobId) -> Option<String> {
        self.specs.get(&job).map(|spec| self.labels.of(spec))
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Time that is left.
    pub(super) fn left(&self) -> Left {
        // A worker that is yet to start counts as one that trains one training.
        let at_a_time = self.slots.values().map(Vec::len).sum::<usize>().max(self.workers);
        let running = self.slots.values().flatten();
        let running = running.map(|training| (&training.spec, training.epochs_left()));
        self.estimator.left(running, at_a_time)
    }
}

fn is_end(event: &JobEvent) -> bool {
    matches!(event, JobEvent::Finished(_) | JobEvent::Failed(_) | JobEvent::Interrupted)
}

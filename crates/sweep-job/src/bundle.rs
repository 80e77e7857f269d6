//! Jobs that are trained together: those that one training serves, and trainings side by side in one engine.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sweep_networks::{ModelKind, SettingValues};

use crate::{JobId, JobSpec, TrajectoryKey};

/// A job with its identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedJob {
    /// Its identity.
    pub id: JobId,
    /// Its settings.
    pub spec: JobSpec,
}

/// Jobs that one training serves: equal in all but the number of epochs, and sorted by it. Never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The jobs, fewest epochs first.
    pub jobs: Vec<PlannedJob>,
}

impl Training {
    /// Epochs of the longest job.
    pub fn epochs(&self) -> u32 {
        self.jobs.last().map_or(0, |job| job.spec.epochs)
    }

    /// Whether it is what a training must be: one that was read from a message can be anything.
    ///
    /// # Errors
    /// If it has no job, jobs of different trainings or in another order, or a job that cannot be trained.
    pub fn check(&self) -> Result<(), BundleError> {
        let [first, rest @ ..] = self.jobs.as_slice() else { return Err(BundleError::Empty) };
        let key = TrajectoryKey::new(&first.spec);
        if let Some(other) = rest.iter().find(|job| TrajectoryKey::new(&job.spec) != key) {
            return Err(BundleError::OtherTraining { job: other.id, first: first.id });
        }
        if !self.jobs.is_sorted_by_key(|job| job.spec.epochs) {
            return Err(BundleError::Unsorted);
        }
        match self.jobs.iter().find(|job| job.spec.epochs == 0 || job.spec.batch_size == 0) {
            Some(job) => Err(BundleError::NothingToTrain { job: job.id }),
            None => Ok(()),
        }
    }
}

/// Trainings that one engine runs side by side, on the same data. They have the same [`BundleKey`] and differ in anything else.
/// Never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// The trainings.
    pub trainings: Vec<Training>,
}

impl Bundle {
    /// The jobs of all trainings.
    pub fn jobs(&self) -> impl Iterator<Item = &PlannedJob> {
        self.trainings.iter().flat_map(|training| &training.jobs)
    }

    /// Whether it is what a bundle must be: one that was read from a message can be anything.
    ///
    /// # Errors
    /// If it has no training, an invalid training, the same training or job twice, or trainings that cannot run side by side.
    pub fn check(&self) -> Result<(), BundleError> {
        if self.trainings.is_empty() {
            return Err(BundleError::NoTrainings);
        }
        self.trainings.iter().try_for_each(Training::check)?;
        let mut firsts = self.trainings.iter().filter_map(|training| training.jobs.first());
        let Some(first) = firsts.next() else { return Ok(()) };
        let key = BundleKey::of(&first.spec);
        let mut trajectories = HashSet::from([TrajectoryKey::new(&first.spec)]);
        for other in firsts {
            if BundleKey::of(&other.spec) != key {
                return Err(BundleError::OtherShape { job: other.id, first: first.id });
            }
            if !trajectories.insert(TrajectoryKey::new(&other.spec)) {
                return Err(BundleError::Twice { job: other.id });
            }
        }
        let mut known = HashSet::new();
        match self.jobs().find(|job| !known.insert(job.id)) {
            Some(job) => Err(BundleError::Twice { job: job.id }),
            None => Ok(()),
        }
    }
}

/// What trainings must share to stand in one bundle, beside their data: the network with its own settings, and the batch size.
#[derive(Debug, Clone, PartialEq)]
pub struct BundleKey {
    model: ModelKind,
    network: SettingValues,
    batch_size: u32,
}

impl BundleKey {
    /// That of the training of `spec`.
    pub fn of(spec: &JobSpec) -> Self {
        Self {
            model: spec.model,
            network: spec.model.descriptor().own(&spec.more),
            batch_size: spec.batch_size,
        }
    }
}

/// Why jobs are no training, or trainings no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bundle is empty.
    #[error("the bundle has no trainings")]
    NoTrainings,
    /// A training is empty.
    #[error("the training has no jobs")]
    Empty,
    /// Jobs of one training differ in more than their epochs.
    #[error("the jobs {first} and {job} of one training differ in more than their epochs")]
    OtherTraining {
        /// One of them.
        job: JobId,
        /// The first one.
        first: JobId,
    },
    /// Jobs are not sorted by their epochs.
    #[error("the jobs of the training are not sorted by their epochs")]
    Unsorted,
    /// A job has no epochs, or batches without trials.
    #[error("the job {job} has no epochs, or batches of no trials")]
    NothingToTrain {
        /// Which.
        job: JobId,
    },
    /// Trainings cannot run side by side.
    #[error("the jobs {first} and {job} of one bundle differ in the network, its settings or the batch size")]
    OtherShape {
        /// A job of one of them.
        job: JobId,
        /// A job of the first one.
        first: JobId,
    },
    /// A job or its training comes twice.
    #[error("the bundle has the training of the job {job} twice")]
    Twice {
        /// Which.
        job: JobId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, DataIdentity, InitialWeights, MaxNorm, Optimizer, SettingValue, Shuffle};

    fn lab() -> JobSpec {
        JobSpec::lab(ModelKind::EegNet, Activation::Relu)
    }

    fn training(spec: JobSpec) -> Training {
        Training { jobs: vec![PlannedJob { id: JobId::new(&spec, &DataIdentity("ab".into())), spec }] }
    }

    fn check(specs: &[JobSpec]) -> Result<(), BundleError> {
        Bundle { trainings: specs.iter().cloned().map(training).collect() }.check()
    }

    #[test]
    fn trainings_of_one_bundle_differ_in_all_but_the_network_and_the_batch() {
        let changes: [fn(&mut JobSpec); 12] = [
            |spec| spec.seed = 1,
            |spec| spec.learning_rate = 0.1,
            |spec| spec.activation = Activation::Elu { alpha: 0.5 },
            |spec| spec.dropout = 0.5,
            |spec| spec.optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: true },
            |spec| spec.weight_decay = 0.1,
            |spec| spec.max_norm = Some(MaxNorm { convolution: 1.0, dense: 0.25 }),
            |spec| spec.more.set("label_smoothing", Some(SettingValue::Number(0.1))),
            |spec| spec.more.set("gradient_clip_norm", Some(SettingValue::Number(1.0))),
            |spec| spec.initial_weights = Some(InitialWeights { path: "w".into(), sha256: "00".into() }),
            |spec| spec.shuffle = Shuffle::Never,
            |spec| (spec.seed, spec.epochs) = (2, 7),
        ];
        let mut specs = vec![lab()];
        specs.extend(changes.map(|change| {
            let mut spec = lab();
            change(&mut spec);
            spec
        }));
        assert_eq!(check(&specs), Ok(()));
    }

    #[test]
    fn trainings_of_other_shapes_are_refused() {
        let changes: [fn(&mut JobSpec); 3] = [
            |spec| spec.model = ModelKind::DeepConvNet,
            |spec| spec.batch_size = 1,
            |spec| spec.more.set("temporal_filters", Some(SettingValue::Whole(16))),
        ];
        for change in changes {
            let mut other = JobSpec { seed: 1, ..lab() };
            change(&mut other);
            assert!(matches!(check(&[lab(), other]), Err(BundleError::OtherShape { .. })));
        }
    }

    #[test]
    fn a_training_that_comes_twice_is_refused() {
        let longer = JobSpec { epochs: 2000, ..lab() };
        assert!(matches!(check(&[lab(), longer]), Err(BundleError::Twice { .. })));
        let mut disguised = training(JobSpec { seed: 1, ..lab() });
        disguised.jobs[0].id = training(lab()).jobs[0].id;
        let bundle = Bundle { trainings: vec![training(lab()), disguised] };
        assert!(matches!(bundle.check(), Err(BundleError::Twice { .. })));
        assert_eq!(check(&[]), Err(BundleError::NoTrainings));
    }
}

//! How long a sweep still takes, from epochs that were measured and nothing else.

use std::collections::HashMap;

use sweep_job::{JobSpec, ModelKind};
use sweep_report::Left;

/// Epochs that are left, and the measured seconds of one, by the kind of epoch. Its cost does not grow with the number of jobs.
#[derive(Debug, Default)]
pub(crate) struct Estimator {
    kinds: HashMap<Kind, Work>,
}

/// What decides the time of an epoch, near enough.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    model: ModelKind,
    batch_size: u32,
    /// The network's own settings that differ from their defaults.
    network: String,
}

#[derive(Debug, Default)]
struct Work {
    epochs_left: u64,
    seconds_per_epoch: Option<f64>,
}

/// Weight of a new measurement in the running mean.
const GAIN: f64 = 0.3;

impl Estimator {
    /// Adds a training of `epochs` that is to be done.
    pub(crate) fn add(&mut self, spec: &JobSpec, epochs: u32) {
        self.work(spec).epochs_left += u64::from(epochs);
    }

    /// Takes away epochs that will not be trained.
    pub(crate) fn drop(&mut self, spec: &JobSpec, epochs: u32) {
        let work = self.work(spec);
        work.epochs_left = work.epochs_left.saturating_sub(u64::from(epochs));
    }

    /// Takes in an epoch of `spec` that took `seconds`.
    pub(crate) fn measure(&mut self, spec: &JobSpec, seconds: f64) {
        self.drop(spec, 1);
        let mean = self.work(spec).seconds_per_epoch.get_or_insert(seconds);
        *mean += GAIN * (seconds - *mean);
    }

    /// Time that is left with `at_a_time` trainings at a time, where `running` are those under way with the epochs left of each.
    pub(crate) fn left<'a>(
        &self,
        running: impl Iterator<Item = (&'a JobSpec, u32)>,
        at_a_time: usize,
    ) -> Left {
        let pace = |spec| self.kinds.get(&kind(spec))?.seconds_per_epoch;
        let running = running.filter_map(|(spec, epochs)| Some(pace(spec)? * f64::from(epochs)));
        Left::of_epochs(self.kinds.values().map(|work| (work.epochs_left, work.seconds_per_epoch)))
            .shared(running, at_a_time)
    }

    fn work(&mut self, spec: &JobSpec) -> &mut Work {
        self.kinds.entry(kind(spec)).or_default()
    }
}

fn kind(spec: &JobSpec) -> Kind {
    let settings = spec.model.descriptor().settings.iter();
    let differing = settings.filter_map(|setting| Some((setting.name, spec.more.get(setting.name)?)));
    Kind {
        model: spec.model,
        batch_size: spec.batch_size,
        network: differing.map(|(name, value)| format!("{name} {value}, ")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::{Activation, SettingValue};

    use super::*;

    fn spec(model: ModelKind) -> JobSpec {
        JobSpec::lab(model, Activation::Relu)
    }

    #[test]
    fn what_was_never_measured_is_not_guessed() {
        let (eegnet, deep) = (spec(ModelKind::EegNet), spec(ModelKind::DeepConvNet));
        let mut estimator = Estimator::default();
        estimator.add(&eegnet, 11);
        estimator.add(&deep, 6);
        estimator.measure(&eegnet, 2.0);
        assert_eq!(estimator.left([(&eegnet, 5)].into_iter(), 2), Left::AtLeast(10.0));
        estimator.measure(&deep, 4.0);
        // 10 x 2 s and 5 x 4 s on two workers, of which none is alone with more than 20 s.
        let running = || [(&eegnet, 10), (&deep, 5)].into_iter();
        assert_eq!(estimator.left(running(), 2), Left::About(20.0));
        assert_eq!(estimator.left(running(), 9), Left::About(20.0));
        estimator.drop(&deep, 5);
        assert_eq!(estimator.left([(&eegnet, 10)].into_iter(), 1), Left::About(20.0));
    }

    #[test]
    fn a_network_of_another_size_is_timed_by_itself() {
        let small = spec(ModelKind::EegNet);
        let mut large = small.clone();
        large.more.set("temporal_filters", Some(SettingValue::Whole(64)));
        let mut estimator = Estimator::default();
        estimator.add(&small, 11);
        estimator.add(&large, 2);
        estimator.measure(&small, 1.0);
        assert_eq!(estimator.left(std::iter::empty(), 1), Left::AtLeast(10.0));
        estimator.measure(&large, 4.0);
        assert_eq!(estimator.left(std::iter::empty(), 1), Left::About(14.0));
    }

    #[test]
    fn later_epochs_move_the_estimate() {
        let eegnet = spec(ModelKind::EegNet);
        let mut estimator = Estimator::default();
        estimator.add(&eegnet, 12);
        estimator.measure(&eegnet, 1.0);
        estimator.measure(&eegnet, 2.0);
        assert_eq!(estimator.left(std::iter::empty(), 1), Left::About(13.0));
    }
}

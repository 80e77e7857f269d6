//! How many trainings of a run a worker gets at a time, by their kind. It knows no memory and no devices: what fits it is told, and it
//! remembers what did not.

use sweep_job::{BundleKey, JobSpec, Training};

/// The widths of the bundles of a run. Trainings are known by their places.
#[derive(Debug)]
pub(super) struct Widths {
    /// The kind of each training.
    kinds: Vec<usize>,
    /// The most of each kind.
    most: Vec<usize>,
    /// Whether a bundle of each kind did not fit before.
    was_too_large: Vec<bool>,
}

impl Widths {
    /// Those of `trainings`, of which as many may stand side by side as `fitting` says for each of them.
    pub(super) fn new(trainings: &[Training], fitting: impl Fn(&JobSpec) -> u64) -> Self {
        let mut keys = Vec::new();
        let mut widths =
            Self { kinds: Vec::with_capacity(trainings.len()), most: Vec::new(), was_too_large: Vec::new() };
        for spec in trainings.iter().filter_map(|training| Some(&training.jobs.last()?.spec)) {
            let key = BundleKey::of(spec);
            let kind = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                widths.most.push(usize::MAX);
                widths.was_too_large.push(false);
                keys.len() - 1
            });
            // Others of the kind may need more than this one, such as for their optimizer.
            let fitting = usize::try_from(fitting(spec)).unwrap_or(usize::MAX);
            widths.most[kind] = widths.most[kind].min(fitting.max(1));
            widths.kinds.push(kind);
        }
        widths
    }

    /// The most trainings in a bundle with this one.
    pub(super) fn of(&self, training: usize) -> usize {
        self.most[self.kinds[training]]
    }

    /// Whether two trainings may stand in one bundle.
    pub(super) fn are_alike(&self, one: usize, other: usize) -> bool {
        self.kinds[one] == self.kinds[other]
    }

    /// A bundle of `size` trainings with this one did not fit into memory. The most from now on, if that is news.
    pub(super) fn did_not_fit(&mut self, training: usize, size: usize) -> Option<usize> {
        let kind = self.kinds[training];
        if size > self.most[kind] {
            // All jobs of a bundle tell the same, and larger bundles may have begun before.
            return None;
        }
        // The first time, little may have been missing.
        let was_too_large = std::mem::replace(&mut self.was_too_large[kind], true);
        let fewer = if was_too_large { size.div_ceil(2) } else { size - size.div_ceil(8) };
        self.most[kind] = fewer.max(1);
        Some(self.most[kind])
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::{Activation, DataIdentity, JobId, ModelKind, PlannedJob};

    use super::*;

    fn training(spec: JobSpec) -> Training {
        Training { jobs: vec![PlannedJob { id: JobId::new(&spec, &DataIdentity("ab".into())), spec }] }
    }

    #[test]
    fn what_did_not_fit_is_less_for_its_kind_alone() {
        let spec = |batch_size, seed| JobSpec {
            batch_size,
            seed,
            ..JobSpec::lab(ModelKind::EegNet, Activation::Relu)
        };
        let trainings = [spec(4, 0), spec(8, 0), spec(4, 1)].map(training);
        // One of the first kind needs more than the others.
        let mut widths = Widths::new(&trainings, |spec| if spec.seed == 1 { 9 } else { 16 });
        assert_eq!([0, 1, 2].map(|training| widths.of(training)), [9, 16, 9]);
        assert!(widths.are_alike(0, 2) && !widths.are_alike(0, 1));
        // An eighth less, then half. All jobs of one bundle tell the same.
        assert_eq!([0, 2, 0].map(|training| widths.did_not_fit(training, 9)), [Some(7), None, None]);
        assert_eq!([0, 2, 0].map(|training| widths.did_not_fit(training, 7)), [Some(4), None, None]);
        // A larger one that began before.
        assert_eq!(widths.did_not_fit(2, 8), None);
        assert_eq!([0, 1, 2].map(|training| widths.of(training)), [4, 16, 4]);
        assert_eq!(widths.did_not_fit(0, 3), Some(2));
        assert_eq!(widths.did_not_fit(0, 2), Some(1));
        assert_eq!(widths.did_not_fit(1, 16), Some(14));
    }

    #[test]
    fn one_always_fits() {
        let lab = training(JobSpec::lab(ModelKind::EegNet, Activation::Relu));
        assert_eq!(Widths::new(&[lab], |_| 0).of(0), 1);
    }
}

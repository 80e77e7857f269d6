//! From a sweep to its jobs: pure, in a stable order, each job once. Knows no TOML and reports no mistakes.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use sweep_job::{InitialWeights, JobSpec, Setting, SettingValue};

use crate::{
    combination::Combination,
    fingerprint::{Fingerprint, fingerprint},
    observe::{Observed, observe},
    sweep::Sweep,
};

/// The jobs of a sweep, and what became of its combinations.
#[derive(Debug)]
pub(crate) struct Expansion {
    /// Distinct, in the order of their first appearance.
    pub(crate) jobs: Vec<JobSpec>,
    /// Combinations that were equal to an earlier one.
    pub(crate) duplicates: usize,
    /// The most epochs of every training that the jobs need.
    pub(crate) trainings: Vec<u32>,
    /// The values of every setting, in the order of their first appearance.
    pub(crate) values: Vec<Vec<SettingValue>>,
    pub(crate) observed: Observed,
}

/// Expands `sweep`, which has at most [`MOST_COMBINATIONS`](crate::limits::MOST_COMBINATIONS).
pub(crate) fn expand(sweep: &Sweep<'_>, weights: &[InitialWeights]) -> Expansion {
    let mut collector = Collector::new();
    let observed = observe(sweep, |combination| collector.add(combination, weights));
    let distinct = collector.values.into_iter();
    Expansion {
        jobs: collector.jobs,
        duplicates: collector.duplicates,
        trainings: collector.longest,
        values: distinct.map(|distinct| distinct.seen.into_values().collect()).collect(),
        observed,
    }
}

struct Collector {
    jobs: Vec<JobSpec>,
    duplicates: usize,
    /// Trainings by what they are, and the most epochs of each.
    trainings: IndexSet<Fingerprint>,
    longest: Vec<u32>,
    /// Number of a training, and epochs.
    known: HashSet<(usize, u32)>,
    values: [Distinct; Setting::COUNT],
}

/// The distinct values of a setting.
#[derive(Default)]
struct Distinct {
    last: Option<[u64; 2]>,
    seen: IndexMap<[u64; 2], SettingValue>,
}

impl Collector {
    fn new() -> Self {
        Self {
            jobs: Vec::new(),
            duplicates: 0,
            trainings: IndexSet::new(),
            longest: Vec::new(),
            known: HashSet::new(),
            values: std::array::from_fn(|_| Distinct::default()),
        }
    }

    fn add(&mut self, combination: &Combination, weights: &[InitialWeights]) {
        // One that misses a setting is no job.
        let Some((mut spec, number)) = combination.job() else { return };
        let (training, is_new) = self.trainings.insert_full(fingerprint(&spec, number));
        if is_new {
            self.longest.push(spec.epochs);
        }
        if !self.known.insert((training, spec.epochs)) {
            self.duplicates += 1;
            return;
        }
        self.longest[training] = self.longest[training].max(spec.epochs);
        spec.initial_weights = number.and_then(|number| weights.get(number as usize).cloned());
        self.jobs.push(spec);
        for (setting, value) in combination.values() {
            self.values[setting.place()].add(value);
        }
    }
}

impl Distinct {
    fn add(&mut self, value: SettingValue) {
        let bits = value.bits();
        if self.last.replace(bits) != Some(bits) {
            self.seen.insert(bits, value);
        }
    }
}

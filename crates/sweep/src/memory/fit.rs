//! What fits: each job by itself, and workers beside each other.

use std::iter::repeat_n;

use sweep_job::JobSpec;
use sweep_scheduler::{LimitSource, MemoryLimit, MemoryLimits};
use sweep_worker::PeakMemory;

use super::{Estimates, estimate::Kind, words};
use crate::error::CliError;

/// Addresses that a worker maps beyond what it holds, for stacks, libraries and the memory that its allocator takes in advance: twice of
/// what is measured.
const ADDRESSES_BYTES: u64 = 128 << 20;

/// How many workers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// So many, for the user said so.
    Exactly(u32),
    /// As many as there are cores, or fewer.
    UpTo(u32),
}

impl Wanted {
    pub(crate) fn workers(self) -> u32 {
        match self {
            Self::Exactly(workers) | Self::UpTo(workers) => workers,
        }
    }
}

/// What is to be done about the memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fit {
    /// Workers that fit, of those that are wanted.
    pub(crate) workers: u32,
    /// What the user is told where they are fewer.
    pub(crate) warning: Option<String>,
}

/// Jobs of one kind that do not fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unfit {
    pub(super) spec: JobSpec,
    pub(super) jobs: usize,
    pub(super) peak: PeakMemory,
    /// The largest batch size that does.
    pub(super) fitting_batch: Option<u32>,
}

/// Refuses trainings of which one is too large by itself, and workers that the user asked for and that are too many together.
pub(crate) fn check(
    estimates: &Estimates,
    kinds: &[Kind],
    limits: &MemoryLimits,
    wanted: Wanted,
) -> Result<Fit, CliError> {
    let peaks: Vec<(&Kind, PeakMemory)> =
        kinds.iter().filter_map(|kind| Some((kind, estimates.of(&kind.spec)?))).collect();
    if let Some(limit) = for_one(limits) {
        let unfit = unfit(estimates, &peaks, PeakMemory::total, limit.bytes);
        if !unfit.is_empty() {
            let jobs = kinds.iter().map(|kind| kind.jobs).sum();
            return Err(words::refusal(&unfit, jobs, estimates.device(), &limit, limits));
        }
    }
    let most = wanted.workers() as usize;
    let of_kind = |(kind, peak): &(&Kind, PeakMemory)| {
        let side_by_side = estimates.side_by_side(&kind.spec).min(kind.trainings as u64).max(1);
        let bundles = kind.trainings.div_ceil(side_by_side as usize);
        repeat_n(peak.of_bundle(side_by_side), bundles.min(most))
    };
    let mut totals: Vec<u64> = peaks.iter().flat_map(of_kind).collect();
    totals.sort_unstable_by(|one, other| other.cmp(one));
    together(&totals, limits.together.as_ref(), wanted)
}

/// The limit of one worker by itself.
pub(crate) fn for_one(limits: &MemoryLimits) -> Option<MemoryLimit> {
    let each = limits.each.as_ref().map(|each| MemoryLimit {
        bytes: each.bytes.saturating_sub(ADDRESSES_BYTES),
        source: LimitSource::AddressSpace,
    });
    limits.together.iter().cloned().chain(each).min_by_key(|limit| limit.bytes)
}

/// Those of which `taken` says that they take more than `bytes`, one for each model and batch size, in the order of the jobs.
pub(super) fn unfit(
    estimates: &Estimates,
    peaks: &[(&Kind, PeakMemory)],
    taken: fn(&PeakMemory) -> u64,
    bytes: u64,
) -> Vec<Unfit> {
    let mut found: Vec<Unfit> = Vec::new();
    for (Kind { spec, jobs, .. }, peak) in peaks.iter().filter(|(_, peak)| taken(peak) > bytes) {
        let alike =
            |unfit: &&mut Unfit| (unfit.spec.model, unfit.spec.batch_size) == (spec.model, spec.batch_size);
        match found.iter_mut().find(alike) {
            Some(unfit) => {
                unfit.jobs += jobs;
                if taken(peak) > taken(&unfit.peak) {
                    (unfit.peak, unfit.spec) = (*peak, spec.clone());
                }
            }
            None => {
                found.push(Unfit { spec: spec.clone(), jobs: *jobs, peak: *peak, fitting_batch: None });
            }
        }
    }
    for unfit in &mut found {
        unfit.fitting_batch = estimates.largest_batch(&unfit.spec, taken, bytes);
    }
    found
}

/// As many workers as fit, if each holds one of the bundles that take `totals` bytes, the most first.
fn together(totals: &[u64], limit: Option<&MemoryLimit>, wanted: Wanted) -> Result<Fit, CliError> {
    let workers = wanted.workers();
    let all = Fit { workers, warning: None };
    let Some(limit) = limit else { return Ok(all) };
    let at_once = &totals[..totals.len().min(workers as usize)];
    let needed: u64 = at_once.iter().sum();
    if needed <= limit.bytes {
        return Ok(all);
    }
    let mut held = 0;
    let fitting = at_once.iter().take_while(|total| {
        held += **total;
        held <= limit.bytes
    });
    let fitting = fitting.count().max(1) as u32;
    let at_once = at_once.len() as u32;
    match wanted {
        Wanted::Exactly(_) => Err(words::too_many_workers(at_once, fitting, needed, limit)),
        Wanted::UpTo(_) => {
            let warning = words::fewer_workers(at_once, fitting, needed, limit);
            Ok(Fit { workers: fitting, warning: Some(warning) })
        }
    }
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;

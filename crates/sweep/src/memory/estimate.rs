//! What each job takes at its peak. Jobs that differ in nothing that matters for it are of one kind.

use std::{
    cell::RefCell,
    mem::{Discriminant, discriminant},
};

use sweep_data::DataExtent;
use sweep_job::{Activation, DeviceChoice, JobSpec, ModelKind, Optimizer, SettingValues};
use sweep_scheduler::SideBySide;
use sweep_worker::{PeakMemory, has_gpu_kernels, peak_memory};

/// Estimates for jobs on one data set and one kind of worker.
pub(crate) struct Estimates {
    extent: DataExtent,
    device: DeviceChoice,
    threads: u32,
    side_by_side: SideBySide,
    /// What a worker may use of the memory of its machine, if there is a limit.
    limit: Option<u64>,
    /// What was estimated before.
    known: RefCell<Vec<(Key, Option<PeakMemory>)>>,
}

/// Trainings that take the same memory.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    /// The specification of one of them.
    pub(crate) spec: JobSpec,
    pub(crate) trainings: usize,
    /// Jobs that share these trainings.
    pub(crate) jobs: usize,
}

/// The kinds of trainings, each given by its specification and the number of its jobs; in their order.
pub(crate) fn kinds<'s>(trainings: impl IntoIterator<Item = (&'s JobSpec, usize)>) -> Vec<Kind> {
    let mut kinds: Vec<(Key, Kind)> = Vec::new();
    for (spec, jobs) in trainings {
        let key = Key::of(spec);
        match kinds.iter_mut().find(|(known, _)| *known == key) {
            Some((_, kind)) => {
                kind.trainings += 1;
                kind.jobs += jobs;
            }
            None => kinds.push((key, Kind { spec: spec.clone(), trainings: 1, jobs })),
        }
    }
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

/// All of a specification that decides how much memory its job takes.
#[derive(PartialEq)]
struct Key {
    model: ModelKind,
    activation: Discriminant<Activation>,
    batch_size: u32,
    optimizer: Discriminant<Optimizer>,
    keeps_velocities: bool,
    more: SettingValues,
}

impl Key {
    fn of(spec: &JobSpec) -> Self {
        Self {
            model: spec.model,
            activation: discriminant(&spec.activation),
            batch_size: spec.batch_size,
            optimizer: discriminant(&spec.optimizer),
            keeps_velocities: matches!(spec.optimizer, Optimizer::Sgd { momentum, .. } if momentum != 0.0),
            more: spec.more.clone(),
        }
    }
}

impl Estimates {
    pub(crate) fn new(extent: DataExtent, device: DeviceChoice, threads: u32) -> Self {
        Self {
            extent,
            device,
            threads,
            side_by_side: SideBySide::ONE,
            limit: None,
            known: RefCell::default(),
        }
    }

    /// The same for workers that train several trainings side by side, of which none may use more than `limit` bytes.
    pub(crate) fn with_bundles(self, side_by_side: SideBySide, limit: Option<u64>) -> Self {
        Self { side_by_side, limit, ..self }
    }

    /// How many trainings like that of `spec` a worker runs side by side: as many as fit, up to what is worth it.
    pub(crate) fn side_by_side(&self, spec: &JobSpec) -> u64 {
        let SideBySide { most, device_memory } = self.side_by_side;
        let most = most.get() as u64;
        let Some(peak) = self.of(spec).filter(|_| most > 1) else { return 1 };
        let on_device = match (self.device, peak.device) {
            // The GPU has no kernels for the network: the processor trains it, where one at a time is best.
            (DeviceChoice::Cuda(_), None) => return 1,
            (_, device) => device
                .zip(device_memory)
                .map_or(most, |(device, memory)| device.fitting(memory.for_a_worker())),
        };
        let fits = |trainings: &u64| self.limit.is_none_or(|limit| peak.of_bundle(*trainings) <= limit);
        (1..=on_device.min(most)).rev().find(fits).unwrap_or(1)
    }

    /// Whether a GPU would leave the job to the processor, because it has no kernels for its network or as many trials.
    pub(crate) fn is_left_to_cpu(&self, spec: &JobSpec) -> bool {
        self.of(spec).is_some_and(|peak| peak.device.is_none())
    }

    /// Whether a GPU would train the job on fewer trials.
    pub(crate) fn has_gpu_kernels(&self, spec: &JobSpec) -> bool {
        has_gpu_kernels(spec, &self.extent)
    }

    /// What a job takes; none if its network cannot be built for the data, which is said elsewhere.
    pub(crate) fn of(&self, spec: &JobSpec) -> Option<PeakMemory> {
        let key = Key::of(spec);
        if let Some((_, peak)) = self.known.borrow().iter().find(|(known, _)| *known == key) {
            return *peak;
        }
        let peak = peak_memory(spec, &self.extent, self.device, self.threads).ok();
        self.known.borrow_mut().push((key, peak));
        peak
    }

    /// The kind of device that the estimates are for.
    pub(super) fn device(&self) -> DeviceChoice {
        self.device
    }

    /// The largest batch size below that of `spec` with which what `taken` says of its job is no more than `bytes`, if there is one.
    pub(super) fn largest_batch(
        &self,
        spec: &JobSpec,
        taken: fn(&PeakMemory) -> u64,
        bytes: u64,
    ) -> Option<u32> {
        let fits = |batch_size: u32| {
            let smaller = JobSpec { batch_size, ..spec.clone() };
            self.of(&smaller).is_some_and(|peak| taken(&peak) <= bytes)
        };
        let largest = u32::try_from(self.extent.train_trials).unwrap_or(u32::MAX).min(spec.batch_size);
        // Between a size that fits and one that does not. The estimate does not grow with every step, but nearly.
        let (mut fitting, mut failing) = (1, largest.max(1));
        if !fits(fitting) {
            return None;
        }
        while failing - fitting > 1 {
            let middle = fitting + (failing - fitting) / 2;
            if fits(middle) { fitting = middle } else { failing = middle }
        }
        Some(fitting)
    }
}

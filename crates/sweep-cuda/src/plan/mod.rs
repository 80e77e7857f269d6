//! Which launches train and evaluate a bundle: all sizes, offsets and settings of every kernel, in plain values.
//!
//! A member has an arena: its state, then everything that a step computes. A step is a chain of launches over all trials of a batch, each
//! of which ends where a sum over the whole batch is needed. The formulas are those of the processor's kernels; docs/gpu.md has the list.

mod arena;
pub mod arguments;
mod convolution;
mod data;
mod describe;
mod evaluation;
mod geometry;
mod layout;
mod member;
mod network;
mod state;
mod tail;
mod tasks;
mod training;

use sweep_networks::{Blueprint, InputShape};

use self::{
    arguments::{INPUT_HEADER, Member, Progress},
    layout::Layout,
    network::{First, Stages},
};
pub use self::{
    evaluation::Probe,
    member::{MemberSettings, Rule},
    state::{Kept, StateTensor, TensorKind},
};
use crate::launch::{Address, Arguments, Launch, Program, Region, RegionId, bytes_of, from_bytes};

/// The kernels, compiled.
pub const PTX: &[&str] = &[
    include_str!("../../kernels/convolve.ptx"),
    include_str!("../../kernels/data.ptx"),
    include_str!("../../kernels/end.ptx"),
    include_str!("../../kernels/fir.ptx"),
    include_str!("../../kernels/gradient.ptx"),
    include_str!("../../kernels/prepare.ptx"),
    include_str!("../../kernels/tail.ptx"),
    include_str!("../../kernels/update.ptx"),
];

/// What a bundle is trained and evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Trainings side by side.
    pub members: usize,
    /// Trials of the train set, all of which an epoch takes.
    pub train_trials: usize,
    /// Trials of the validation set; 0 without one.
    pub validation_trials: usize,
    /// Trials of the test set.
    pub test_trials: usize,
    /// Trials of a batch; the last of an epoch may have fewer.
    pub batch_size: usize,
    /// Trials that are evaluated together; it decides no bit.
    pub evaluated_together: usize,
    /// Whether some member bounds the norm of its gradients.
    pub has_clip: bool,
}

/// Which set of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// For training.
    Train,
    /// For choosing an epoch.
    Validation,
    /// For the final score.
    Test,
}

/// How an epoch of one member ended.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberResults {
    /// The sum over all trials of the loss.
    pub loss_sum: f64,
    /// Trials that were classified right.
    pub correct: usize,
    /// The first step whose loss was not finite, from 1: the member has not been changed since.
    pub diverged_step: Option<u32>,
    /// The first tensor of the state that is not sound: its place in [`Plan::checked_tensors`].
    pub not_finite: Option<usize>,
    /// `[trial, class]`.
    pub validation: Vec<f32>,
    /// `[trial, class]`.
    pub test: Vec<f32>,
}

/// The launches of a bundle.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the executor runs.
    pub program: Program,
    work: Work,
    stages: Stages,
    layout: Layout,
    regions: Regions,
    /// Bytes of a number: 4, or 8 in tests that compile the kernels with `double`.
    number_bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Regions {
    arena: RegionId,
    data: RegionId,
    members: RegionId,
    input: RegionId,
    results: RegionId,
    probe_logits: RegionId,
}

/// Whose launches they are: all members', or one member's alone.
#[derive(Debug, Clone, Copy)]
struct Frame {
    first: usize,
    members: usize,
    results: RegionId,
}

impl Plan {
    /// The plan of a bundle of networks of `blueprint` for trials of `shape`; `None` if there are no kernels for this network or its sizes.
    pub fn new(blueprint: &Blueprint, shape: InputShape, work: Work) -> Option<Self> {
        Self::with_number_bytes(blueprint, shape, work, 4)
    }

    /// Bytes of device memory that the plan of such a bundle takes; `None` if there are no kernels for this network or its sizes.
    pub fn memory_bytes(blueprint: &Blueprint, shape: InputShape, work: Work) -> Option<u64> {
        Some(crate::memory_bytes(&Self::without_launches(blueprint, shape, work, 4)?.program))
    }

    /// A plan for kernels whose numbers have `number_bytes` bytes; for tests.
    #[doc(hidden)]
    pub fn with_number_bytes(
        blueprint: &Blueprint,
        shape: InputShape,
        work: Work,
        number_bytes: u64,
    ) -> Option<Self> {
        let mut plan = Self::without_launches(blueprint, shape, work, number_bytes)?;
        plan.program.upload = plan.upload();
        plan.program.training = plan.training();
        plan.program.evaluation = plan.evaluation();
        Some(plan)
    }

    fn without_launches(
        blueprint: &Blueprint,
        shape: InputShape,
        work: Work,
        number_bytes: u64,
    ) -> Option<Self> {
        if work.members == 0 || work.train_trials == 0 || work.batch_size == 0 {
            return None;
        }
        // Grids have no more blocks than this in their second and third axis.
        const MOST_BLOCKS: usize = 65_535;
        let stages = Stages::of(blueprint, shape)?;
        // The lag sums of all batches come from one launch.
        let batches = match stages.first {
            First::Mixed { .. } => work.train_trials.div_ceil(work.batch_size),
            First::Merged { .. } => 1,
        };
        if work.members.max(batches) > MOST_BLOCKS {
            return None;
        }
        let layout = Layout::new(blueprint, &stages, &work)?;
        let mut program = Program::new(work.members as u32);
        let bytes = |numbers: usize| numbers as u64 * number_bytes;
        let results = Self::results_bytes(&stages, &work, number_bytes);
        let input = 4 * (INPUT_HEADER as usize + work.train_trials) as u64;
        let probe = bytes(layout.capacity * stages.dense.classes);
        let regions = Regions {
            arena: program.add(Region::per_member("arena", bytes(layout.arena.used())).zeroed()),
            data: program.add(Region::shared("data set", bytes(layout.data.numbers)).zeroed()),
            members: program
                .add(Region::shared("table of members", (size_of::<Member>() * work.members) as u64)),
            input: program.add(Region::per_member("orders of trials", input).zeroed()),
            results: program.add(Region::per_member("results", results).zeroed()),
            probe_logits: program.add(Region::shared("logits", probe)),
        };
        program.state = regions.arena;
        program.state_bytes = bytes(layout.state_numbers);
        program.input = regions.input.span(0, program.region_bytes(regions.input));
        program.results = regions.results.span(0, program.region_bytes(regions.results));
        Some(Self { program, work, stages, layout, regions, number_bytes })
    }

    /// Where the table of members lies; the host writes it before the first epoch.
    pub fn members(&self) -> Address {
        self.regions.members.at(0)
    }

    /// Where the trials of a set lie, as [`lay`](Self::lay) gives them.
    pub fn trials(&self, set: Set) -> Address {
        self.regions.data.at(u64::from(self.layout.data.trials(set)) * self.number_bytes)
    }

    /// Where the labels of the train set lie, a `u32` each.
    pub fn labels(&self) -> Address {
        self.regions.data.at(u64::from(self.layout.data.labels) * self.number_bytes)
    }

    /// Trials `[trial, channel, time]` as the kernels read them: `[trial, time, channel]`, with channels that fill up to a multiple of 4.
    pub fn lay(&self, signal: &[f32]) -> Vec<f32> {
        let InputShape { channels, samples, .. } = self.stages.shape;
        let padded = channels.next_multiple_of(4);
        let mut laid = vec![0.0; signal.len() / channels * padded];
        for (trial, laid) in
            signal.chunks_exact(channels * samples).zip(laid.chunks_exact_mut(padded * samples))
        {
            for (channel, samples) in trial.chunks_exact(samples).enumerate() {
                for (t, sample) in samples.iter().enumerate() {
                    laid[t * padded + channel] = *sample;
                }
            }
        }
        laid
    }

    /// The tensors of a member's network in its state, in the order of the state dict.
    pub fn network_tensors(&self) -> &[StateTensor] {
        &self.layout.state.network
    }

    /// The tensors of its optimizer, in the order of the optimizer's state. Those of all optimizers share their room.
    pub fn optimizer_tensors(&self, kept: Kept) -> Vec<StateTensor> {
        self.layout.state.optimizer(kept)
    }

    /// The tensors that are checked for values that are not finite at the end of an epoch, in their order: the network's, then the
    /// optimizer's, as if it kept both moments.
    pub fn checked_tensors(&self) -> Vec<StateTensor> {
        let optimizer = self.layout.state.optimizer(Kept::Moments);
        let all = self.layout.state.network.iter().cloned().chain(optimizer);
        all.filter(|tensor| tensor.kind != TensorKind::Counter).collect()
    }

    /// What the executor writes before an epoch: for each member the number of its epoch, from 1, and the order of its trials; `None` for
    /// a member that rests, whose state stays as it is.
    pub fn input(&self, epochs: &[Option<(u32, &[u32])>]) -> Vec<u8> {
        let stride = self.program.stride(self.regions.input) as usize / 4;
        let mut words = vec![0u32; stride * self.work.members];
        for (words, epoch) in words.chunks_exact_mut(stride).zip(epochs) {
            if let Some((number, order)) = epoch {
                words[0] = *number;
                words[INPUT_HEADER as usize..][..order.len()].copy_from_slice(order);
            }
        }
        bytes_of(&words).to_vec()
    }

    /// Each member's results, from what the executor has read.
    pub fn results(&self, bytes: &[u8]) -> Vec<MemberResults> {
        let stride = self.program.stride(self.regions.results) as usize;
        let (begin, classes) = (RESULTS_HEADER * self.number_bytes as usize, self.stages.dense.classes);
        let (validation, test) = (self.work.validation_trials * classes, self.work.test_trials * classes);
        let member = |bytes: &[u8]| {
            let progress = from_bytes::<Progress>(&bytes[..size_of::<Progress>()])[0];
            let logits = self.numbers(&bytes[begin..][..(validation + test) * self.number_bytes as usize]);
            MemberResults {
                loss_sum: progress.loss_sum,
                correct: progress.correct as usize,
                diverged_step: (progress.diverged_step != 0).then_some(progress.diverged_step),
                not_finite: (progress.not_finite as usize).checked_sub(1),
                validation: logits[..validation].to_vec(),
                test: logits[validation..].to_vec(),
            }
        };
        bytes.chunks_exact(stride).map(member).collect()
    }

    fn numbers(&self, bytes: &[u8]) -> Vec<f32> {
        if self.number_bytes == 4 {
            return from_bytes(bytes);
        }
        from_bytes::<f64>(bytes).into_iter().map(|number| number as f32).collect()
    }

    /// Bytes that one member takes on the device, results and orders included.
    pub fn bytes_a_member(&self) -> u64 {
        let Regions { arena, input, results, .. } = self.regions;
        [arena, input, results].map(|region| self.program.stride(region)).iter().sum::<u64>()
            + size_of::<Member>() as u64
    }

    /// Bytes that all members share.
    pub fn shared_bytes(&self) -> u64 {
        self.program.region_bytes(self.regions.data) + self.program.region_bytes(self.regions.probe_logits)
    }

    fn results_bytes(stages: &Stages, work: &Work, number_bytes: u64) -> u64 {
        let logits = (work.validation_trials + work.test_trials) * stages.dense.classes;
        (RESULTS_HEADER + logits) as u64 * number_bytes
    }

    fn all(&self) -> Frame {
        Frame { first: 0, members: self.work.members, results: self.regions.results }
    }

    /// A launch with the parameters that all kernels begin with.
    fn launch(
        &self,
        frame: Frame,
        kernel: &'static str,
        grid: [usize; 2],
        threads: usize,
        shared_bytes: u64,
        own: impl Fn(Arguments) -> Arguments,
    ) -> Launch {
        let Regions { arena, data, members, input, .. } = self.regions;
        let first = |region: RegionId| region.at(self.program.stride(region) * frame.first as u64);
        let common = Arguments::new()
            .address(first(arena))
            .u64(self.program.stride(arena))
            .address(data.at(0))
            .address(members.at((size_of::<Member>() * frame.first) as u64))
            .address(first(input))
            .address(frame.results.at(0));
        Launch {
            kernel,
            grid: [grid[0] as u32, grid[1] as u32, frame.members as u32],
            block: [threads as u32, 1, 1],
            shared_bytes: shared_bytes as u32,
            arguments: own(common),
        }
    }

    /// Words from one member's input to the next one's.
    fn order_stride(&self) -> u32 {
        (self.program.stride(self.regions.input) / 4) as u32
    }

    /// Batches of an epoch: the first trial of each, and how many it has.
    fn batches(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Work { train_trials, batch_size, .. } = self.work;
        (0..train_trials).step_by(batch_size).map(move |first| (first, batch_size.min(train_trials - first)))
    }
}

/// Numbers before the logits in a member's results.
const RESULTS_HEADER: usize = 8;

impl Plan {
    /// Where the gradient of a parameter of the first member lies after a step's `join` and `split`; for tests.
    #[doc(hidden)]
    pub fn gradient(&self, tensor: &StateTensor) -> Option<Address> {
        let state = &self.layout.state;
        let place = state.parameters.iter().find(|place| &state.network[place.tensor] == tensor)?;
        let number = u64::from(self.layout.gradients) + place.gradient as u64;
        Some(self.regions.arena.at(number * self.number_bytes))
    }

    /// Where the first member's progress lies; for tests.
    #[doc(hidden)]
    pub fn progress(&self) -> Address {
        self.regions.arena.at(u64::from(self.layout.progress) * self.number_bytes)
    }
}

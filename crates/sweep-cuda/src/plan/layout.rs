//! Where everything lies in a member's arena and in the data set.

use sweep_networks::Blueprint;

use super::{
    Set, Work,
    arena::Arena,
    arguments::{NONE, Progress},
    geometry::{
        convolution_blocks, fir_blocks, fir_gradient_blocks, gradient_blocks, groups_of, trials_a_part,
        windows_a_block,
    },
    network::{First, Stage, Stages},
    state::StateLayout,
};

/// A member's arena. The state stands first.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) arena: Arena,
    pub(crate) data: DataLayout,
    pub(crate) state: StateLayout,
    /// Numbers of the state.
    pub(crate) state_numbers: usize,
    /// Trials that the buffers have room for.
    pub(crate) capacity: usize,
    pub(crate) progress: u32,
    pub(crate) counter: u32,
    pub(crate) flags: u32,
    pub(crate) gradients: u32,
    pub(crate) clip: u32,
    /// What blocks leave for the last of them: moments or sums.
    pub(crate) partial: u32,
    pub(crate) stages: Vec<StageLayout>,
    /// Of the first stage: weights as the kernels read them, and the parts of their gradient.
    pub(crate) first: FirstLayout,
    pub(crate) dense: DenseLayout,
}

/// The data set, which all members share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataLayout {
    pub(crate) numbers: usize,
    sets: [u32; 3],
    pub(crate) labels: u32,
    /// The trials of a probe.
    pub(crate) probe: u32,
    /// Of each train trial, in doubles.
    pub(crate) lags: u32,
}

impl DataLayout {
    pub(crate) fn trials(&self, set: Set) -> u32 {
        self.sets[set as usize]
    }
}

/// The buffers of a stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StageLayout {
    /// What the convolution gives, `[trial, row, plane]`; its gradient takes its place.
    pub(crate) stored: u32,
    /// Rows of a trial there. Those beyond the stage's time are zeros.
    pub(crate) pitch: usize,
    /// What the next convolution reads, `[trial, row, plane]`; its gradient takes its place, but for the last stage.
    pub(crate) result: u32,
    pub(crate) gradient: u32,
    pub(crate) result_pitch: usize,
    pub(crate) result_first: usize,
    pub(crate) coefficients: u32,
    pub(crate) statistics: u32,
    pub(crate) biases: u32,
    /// The convolution's weights as the kernels read them, and parts of their gradient.
    pub(crate) weights: u32,
    pub(crate) flipped: u32,
    pub(crate) parts: u32,
}

/// The buffers of the first convolutions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstLayout {
    /// The mixture or the merged convolution, and parts of its gradient.
    pub(crate) weights: u32,
    pub(crate) parts: u32,
    /// Of the merged convolution.
    pub(crate) total: u32,
    /// EEGNet: the mixed channels, `[trial, time, plane]`; parts of the filters' gradient; the first normalisation's numbers.
    pub(crate) mixed: u32,
    pub(crate) filter_parts: u32,
    pub(crate) norm: u32,
    pub(crate) joint: u32,
    pub(crate) products: u32,
    /// Lag sums of every batch of an epoch, in doubles.
    pub(crate) lags: u32,
}

/// The buffers of the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DenseLayout {
    pub(crate) weights: u32,
    pub(crate) slopes: u32,
    pub(crate) losses: u32,
    pub(crate) parts: u32,
}

/// Lag sums of a trial, or of a batch: a sum for each tap, and one for each pair.
pub(crate) fn lag_sums(taps: usize) -> usize {
    taps + taps * (taps + 1) / 2
}

impl Layout {
    /// Room for everything; `None` if offsets would not fit into 32 bits.
    pub(crate) fn new(blueprint: &Blueprint, stages: &Stages, work: &Work) -> Option<Self> {
        let mut arena = Arena::default();
        let state = StateLayout::new(blueprint, &mut arena);
        let state_numbers = arena.used();
        let batches = &work.batches();
        let batch = batches[0];
        let evaluated = work.evaluated_together.min(work.test_trials.max(work.validation_trials)).max(1);
        let capacity = batch.max(evaluated);
        let progress = arena.take_u32(size_of::<Progress>());
        let groups = (0..stages.stages.len()).flat_map(|stage| {
            batches.iter().map(move |batch| groups_of(moment_blocks(stages, stage, *batch)))
        });
        let counter = arena.take_u32(4 + groups.max().unwrap_or(0));
        let flags = arena.take_u32(128);
        let gradients = arena.take_u32(state.gradients);
        let clip = arena.doubles(64);
        let partial = arena.doubles(partial_doubles(stages, batches));
        let first = FirstLayout::new(stages, work, capacity, &mut arena);
        let all = (0..stages.stages.len())
            .map(|stage| StageLayout::new(stages, stage, batches, capacity, &mut arena))
            .collect();
        let dense = DenseLayout::new(stages, batches, &mut arena);
        let data = DataLayout::new(stages, work, capacity);
        let fits = arena.used().max(data.numbers) < NONE as usize;
        fits.then_some(Self {
            arena,
            data,
            state,
            state_numbers,
            capacity,
            progress,
            counter,
            flags,
            gradients,
            clip,
            partial,
            stages: all,
            first,
            dense,
        })
    }
}

impl DataLayout {
    fn new(stages: &Stages, work: &Work, capacity: usize) -> Self {
        let mut arena = Arena::default();
        let trial = stages.shape.samples * stages.shape.channels.next_multiple_of(4);
        let sets = [work.train_trials, work.validation_trials, work.test_trials]
            .map(|trials| arena.take_u32(trials * trial));
        let labels = arena.take_u32(work.train_trials);
        let probe = arena.take_u32(capacity * trial);
        let lags = match stages.first {
            First::Mixed { taps, .. } => arena.doubles(work.train_trials * lag_sums(taps)),
            First::Merged { .. } => NONE,
        };
        Self { numbers: arena.used(), sets, labels, probe, lags }
    }
}

impl StageLayout {
    fn new(stages: &Stages, number: usize, batches: &[usize], capacity: usize, arena: &mut Arena) -> Self {
        let stage = &stages.stages[number];
        let planes = stage.planes.row();
        let pitch = pitch(stages, number);
        let next = stages.stages.get(number + 1).and_then(|next| next.convolution);
        let (result_first, result_pitch) = match next {
            Some(next) => (next.padding, stage.out_time() + 2 * next.padding),
            None => (0, stage.out_time()),
        };
        let stored = arena.take_u32(capacity * pitch * planes);
        let result = arena.take_u32(capacity * result_pitch * planes);
        let gradient = match next {
            Some(_) => result,
            None => arena.take_u32(batches[0] * result_pitch * planes),
        };
        let coefficients = arena.take_u32(5 * planes);
        let statistics = arena.doubles(2 * planes);
        let has_bias = number == 0 || stage.convolution.is_some_and(|convolution| convolution.has_bias);
        let biases = if has_bias { arena.doubles(planes) } else { NONE };
        let (weights, flipped, parts) = match stage.convolution {
            Some(convolution) => {
                let inputs = stages.stages[number - 1].planes.row();
                let weights = convolution.taps * inputs * planes;
                let parts = most(batches, |batch| {
                    gradient_blocks(convolution.taps, batch * pitch, inputs, planes).parts
                });
                (arena.take_u32(weights), arena.take_u32(weights), arena.take_u32(parts * weights))
            }
            None => (NONE, NONE, NONE),
        };
        Self {
            stored,
            pitch,
            result,
            gradient,
            result_pitch,
            result_first,
            coefficients,
            statistics,
            biases,
            weights,
            flipped,
            parts,
        }
    }
}

/// Rows of a trial in what a stage stores.
fn pitch(stages: &Stages, number: usize) -> usize {
    let stage = &stages.stages[number];
    match (stage.convolution, stages.first) {
        (Some(convolution), _) => stage.time + convolution.taps - 1,
        (None, First::Mixed { .. }) => stage.time,
        (None, First::Merged { .. }) => stages.shape.samples,
    }
}

impl FirstLayout {
    fn new(stages: &Stages, work: &Work, capacity: usize, arena: &mut Arena) -> Self {
        let batches = &work.batches();
        let (channels, samples) = (stages.shape.channels.next_multiple_of(4), stages.shape.samples);
        let first = &stages.stages[0];
        let planes = first.planes.row();
        let product_taps = match stages.first {
            First::Mixed { .. } => 1,
            First::Merged { taps, .. } => taps,
        };
        let weights = product_taps * channels * planes;
        let parts =
            most(batches, |batch| gradient_blocks(product_taps, batch * samples, channels, planes).parts);
        let (packed, parts) = (arena.take_u32(weights), arena.take_u32(parts * weights));
        let none = Self {
            weights: packed,
            parts,
            total: NONE,
            mixed: NONE,
            filter_parts: NONE,
            norm: NONE,
            joint: NONE,
            products: NONE,
            lags: NONE,
        };
        match stages.first {
            First::Merged { .. } => Self { total: arena.take_u32(weights), ..none },
            First::Mixed { taps, .. } => {
                let filters = first.planes.filters;
                let steps = work.train_trials.div_ceil(work.batch_size);
                let parts =
                    most(batches, |batch| fir_gradient_blocks(batch, first.time, planes, taps).grid[0]);
                Self {
                    mixed: arena.take_u32(capacity * samples * planes),
                    filter_parts: arena.take_u32(parts * taps * planes),
                    norm: arena.doubles(4 * filters),
                    joint: arena.doubles(planes + filters),
                    products: arena.doubles(filters * taps),
                    lags: arena.doubles(steps * lag_sums(taps)),
                    ..none
                }
            }
        }
    }
}

impl DenseLayout {
    fn new(stages: &Stages, batches: &[usize], arena: &mut Arena) -> Self {
        let batch = batches[0];
        let classes = stages.dense.classes;
        let features = features(stages);
        let parts = most(batches, |batch| batch.div_ceil(trials_a_part(batch)));
        Self {
            weights: arena.take_u32(classes * features),
            slopes: arena.take_u32(batch * classes),
            losses: arena.doubles(2 * batch),
            parts: arena.take_u32(parts * classes * (features + 4)),
        }
    }
}

/// What the dense layer reads, with the planes that fill up.
pub(crate) fn features(stages: &Stages) -> usize {
    stages.stages.last().map_or(0, |stage| stage.out_time() * stage.planes.row())
}

/// The blocks that leave moments of a stage.
fn moment_blocks(stages: &Stages, number: usize, trials: usize) -> usize {
    let stage = &stages.stages[number];
    let planes = stage.planes.row();
    let taps = match (stage.convolution, stages.first) {
        (Some(convolution), _) => convolution.taps,
        (None, First::Merged { taps, .. }) => taps,
        (None, First::Mixed { .. }) => return fir_blocks(trials, stage.time, planes).grid[0],
    };
    convolution_blocks(taps, trials * pitch(stages, number), planes).grid[0]
}

/// The most that blocks leave.
fn partial_doubles(stages: &Stages, batches: &[usize]) -> usize {
    let of_stage = |(number, stage): (usize, &Stage)| {
        let planes = stage.planes.row();
        let blocks = most(batches, |batch| {
            let convolution = moment_blocks(stages, number, batch);
            let windows = batch * stage.out_time();
            (convolution + groups_of(convolution)).max(windows.div_ceil(windows_a_block(windows, planes)))
        });
        blocks * (3 * planes + 1)
    };
    stages.stages.iter().enumerate().map(of_stage).max().unwrap_or(0)
}

/// The most of something for any of an epoch's batch sizes.
fn most(batches: &[usize], of: impl Fn(usize) -> usize) -> usize {
    batches.iter().map(|batch| of(*batch)).max().unwrap_or(0)
}

impl Work {
    /// The sizes of an epoch's batches, the largest first.
    fn batches(&self) -> Vec<usize> {
        let full = self.batch_size.min(self.train_trials);
        [full, self.train_trials % full].into_iter().filter(|size| *size > 0).collect()
    }
}

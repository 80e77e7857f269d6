//! The engine that trains all its members at once on a GPU. The states lie on the host until the first epoch, which says how large a bundle
//! must be.

mod needs;

use std::{collections::VecDeque, sync::Arc};

use sweep_cuda::{
    CudaError, Executor, Launching,
    launch::bytes_of,
    plan::{MemberResults, MemberSettings, PTX, Plan, Rule, Set, StateTensor, Work, arguments},
};
use sweep_job::Score;
use sweep_networks::Blueprint;

pub use self::needs::{cuda_launches, cuda_memory, has_kernels};
use crate::{
    Divergence, Engine, Entry, Epoch, EpochResult, InputShape, LabelledTrials, Member, ModelError, State,
    TrainedEpoch, TrainingData, Value,
    host::HostEngine,
    network::{activation, blueprint},
    optimizer,
    weights::in_words,
};

/// Trials that are evaluated together at least: a smaller batch would leave the GPU idle.
const EVALUATED_TOGETHER: usize = 128;

/// Members on a GPU.
#[derive(Debug)]
pub(crate) struct CudaEngine {
    device: sweep_cuda::Device,
    blueprint: Blueprint,
    shape: InputShape,
    members: Vec<Member>,
    /// As they were before the bundle was made; names and shapes stay true.
    states: Vec<State>,
    data: Arc<TrainingData>,
    bundle: Option<Bundle>,
}

/// What is on the device.
#[derive(Debug)]
struct Bundle {
    plan: Plan,
    executor: Executor,
    batch_size: usize,
    /// Which members take part in each uncollected epoch.
    taking_part: VecDeque<Vec<bool>>,
}

impl CudaEngine {
    /// New members for trials of `shape`, of one network that there are kernels for.
    ///
    /// # Errors
    /// If a network or optimizer cannot be made.
    pub(crate) fn new(
        members: &[Member],
        shape: InputShape,
        device: &sweep_cuda::Device,
    ) -> Result<Self, ModelError> {
        let Some(first) = members.first() else { return Err(ModelError::Members { members: 0, given: 0 }) };
        let state = |member| HostEngine::new(std::slice::from_ref(member), shape)?.state(0);
        let states = members.iter().map(state).collect::<Result<_, _>>()?;
        Ok(Self {
            device: device.clone(),
            blueprint: blueprint(&first.settings, shape)?,
            shape,
            members: members.to_vec(),
            states,
            data: Arc::default(),
            bundle: None,
        })
    }

    /// What is on the device, for batches of this size.
    fn bundle(&mut self, batch_size: usize) -> Result<&mut Bundle, ModelError> {
        if self.bundle.as_ref().is_none_or(|bundle| bundle.batch_size != batch_size) {
            self.leave_device()?;
            self.bundle = Some(self.make_bundle(work(&self.members, &self.data, batch_size))?);
        }
        self.bundle.as_mut().ok_or_else(|| ModelError::Device("it has no bundle".to_owned()))
    }

    /// A member by itself and without data, for the logits of so many trials: it fits if one training does.
    fn member_alone(&self, member: usize, trials: usize) -> Result<Bundle, ModelError> {
        let members = vec![self.members[member].clone()];
        let evaluated_together = trials.clamp(1, EVALUATED_TOGETHER);
        let work = Work {
            members: 1,
            train_trials: 1,
            validation_trials: 0,
            test_trials: evaluated_together,
            batch_size: 1,
            evaluated_together,
            has_clip: false,
        };
        let alone = Self {
            device: self.device.clone(),
            blueprint: self.blueprint.clone(),
            shape: self.shape,
            members,
            states: vec![self.states[member].clone()],
            data: Arc::default(),
            bundle: None,
        };
        alone.make_bundle(work)
    }

    /// Brings the states back to the host, and gives up what is on the device.
    fn leave_device(&mut self) -> Result<(), ModelError> {
        if self.bundle.is_some() {
            self.states =
                (0..self.members.len()).map(|member| self.state(member)).collect::<Result<_, _>>()?;
            self.bundle = None;
        }
        Ok(())
    }

    fn make_bundle(&self, work: Work) -> Result<Bundle, ModelError> {
        let Self { device, blueprint, shape, members, data, .. } = self;
        let mut plan = Plan::new(blueprint, *shape, work).ok_or(ModelError::TooManyTrials)?;
        // A long epoch has many launches, which are kept once.
        let mut program = plan.program.clone_without_launches();
        std::mem::swap(&mut program, &mut plan.program);
        let executor = Executor::new(device, PTX, program, Launching::Graph)?;
        let mut bundle = Bundle { plan, executor, batch_size: work.batch_size, taking_part: VecDeque::new() };
        let table: Vec<arguments::Member> =
            members.iter().map(|member| (&described(member)).into()).collect();
        bundle.executor.write(bundle.plan.members(), &table)?;
        bundle.take_data(data, *shape)?;
        for (member, state) in self.states.iter().enumerate() {
            bundle.set_state(member, state, &members[member])?;
        }
        Ok(bundle)
    }
}

/// What a plan must know of a bundle.
fn work(members: &[Member], data: &TrainingData, batch_size: usize) -> Work {
    let trials = |set: &LabelledTrials| set.labels.len();
    Work {
        members: members.len(),
        train_trials: trials(&data.train),
        validation_trials: data.validation.as_ref().map_or(0, trials),
        test_trials: trials(&data.test),
        batch_size,
        evaluated_together: batch_size.max(EVALUATED_TOGETHER),
        has_clip: members.iter().any(|member| member.settings.gradient_clip_norm().is_some()),
    }
}

fn described(member: &Member) -> MemberSettings {
    let settings = &member.settings;
    MemberSettings {
        seed: member.seed,
        activation: activation(settings.activation),
        dropout: settings.dropout,
        rule: rule(member),
        label_smoothing: settings.label_smoothing(),
        clip_norm: settings.gradient_clip_norm(),
        max_norm: settings.max_norm,
    }
}

fn rule(member: &Member) -> Rule {
    match optimizer::Rule::new(&member.optimizer) {
        optimizer::Rule::Adam(rule) => Rule::Adam(rule),
        optimizer::Rule::Sgd(rule) => Rule::Sgd(rule),
    }
}

impl Engine for CudaEngine {
    fn take_data(&mut self, data: Arc<TrainingData>) -> Result<(), ModelError> {
        self.leave_device()?;
        self.data = data;
        Ok(())
    }

    fn wants_epoch(&self) -> bool {
        self.bundle.as_ref().is_none_or(|bundle| bundle.executor.wants_epoch())
    }

    fn submit(&mut self, epoch: Epoch) -> Result<(), ModelError> {
        let (members, given) = (self.members.len(), epoch.members.len());
        if members != given {
            return Err(ModelError::Members { members, given });
        }
        let trials = self.data.train.labels.len();
        for task in epoch.members.iter().flatten() {
            if task.order.len() != trials {
                return Err(ModelError::Order { given: task.order.len(), trials });
            }
            if let Some(number) = task.order.iter().find(|number| **number as usize >= trials) {
                return Err(ModelError::Trial { number: *number, trials });
            }
        }
        let bundle = self.bundle(epoch.batch_size)?;
        let orders: Vec<_> = epoch.members.iter().map(Option::as_ref).collect();
        let orders: Vec<_> =
            orders.iter().map(|task| task.map(|task| (task.number, &task.order[..]))).collect();
        bundle.executor.submit(&bundle.plan.input(&orders))?;
        bundle.taking_part.push_back(epoch.members.iter().map(Option::is_some).collect());
        Ok(())
    }

    fn collect(&mut self) -> Result<Option<Vec<Option<EpochResult>>>, ModelError> {
        let (trials, has_validation) = (self.data.train.labels.len(), self.data.validation.is_some());
        let Some(bundle) = &mut self.bundle else { return Ok(None) };
        let Some(collected) = bundle.executor.collect()? else { return Ok(None) };
        let taking_part = bundle.taking_part.pop_front().unwrap_or_default();
        let checked = bundle.plan.checked_tensors();
        let result = |found: MemberResults| {
            if let Some(step) = found.diverged_step {
                return Err(Divergence { step });
            }
            let trials = trials as f64;
            let not_finite = found.not_finite.and_then(|place| checked.get(place));
            Ok(TrainedEpoch {
                train: Score { loss: found.loss_sum / trials, accuracy: found.correct as f64 / trials },
                validation: has_validation.then_some(found.validation),
                test: found.test,
                not_finite: not_finite.map(|tensor| in_words(&tensor.name)),
                train_seconds: collected.training_seconds,
                evaluation_seconds: collected.evaluation_seconds,
            })
        };
        let results = bundle.plan.results(&collected.results).into_iter().zip(taking_part);
        Ok(Some(results.map(|(found, takes_part)| takes_part.then(|| result(found))).collect()))
    }

    fn state(&self, member: usize) -> Result<State, ModelError> {
        match &self.bundle {
            None => Ok(self.states[member].clone()),
            Some(bundle) => bundle.state(member, &self.states[member], &self.members[member]),
        }
    }

    fn set_state(&mut self, member: usize, state: State) -> Result<(), ModelError> {
        match &mut self.bundle {
            None => self.states[member] = state,
            Some(bundle) => bundle.set_state(member, &state, &self.members[member])?,
        }
        Ok(())
    }

    fn logits(&mut self, member: usize, signal: &[f32]) -> Result<Vec<f32>, ModelError> {
        let shape = self.shape;
        let trial = shape.channels * shape.samples;
        if !signal.len().is_multiple_of(trial) {
            return Err(ModelError::Input { expected: shape, found: signal.len() });
        }
        match &mut self.bundle {
            Some(bundle) => bundle.logits(member, signal, shape),
            None => self.member_alone(member, signal.len() / trial)?.logits(0, signal, shape),
        }
    }
}

impl Bundle {
    fn take_data(&mut self, data: &TrainingData, shape: InputShape) -> Result<(), ModelError> {
        if data.train.labels.is_empty() {
            return Ok(());
        }
        let classes = shape.classes;
        if let Some(label) = data.train.labels.iter().find(|label| **label as usize >= classes) {
            return Err(ModelError::Label { label: *label, classes });
        }
        let sets = [(Set::Train, Some(&data.train)), (Set::Validation, data.validation.as_ref())];
        for (set, trials) in sets.into_iter().chain([(Set::Test, Some(&data.test))]) {
            if let Some(trials) = trials {
                // Laid out one at a time: with one channel a set becomes four times as large.
                self.executor.write(self.plan.trials(set), &self.plan.lay(&trials.signal))?;
            }
        }
        Ok(self.executor.take_data(&[(self.plan.labels(), bytes_of(&data.train.labels))])?)
    }

    fn logits(&mut self, member: usize, signal: &[f32], shape: InputShape) -> Result<Vec<f32>, ModelError> {
        let trial = shape.channels * shape.samples;
        let mut logits = Vec::with_capacity(signal.len() / trial * shape.classes);
        for signal in signal.chunks(self.plan.most_probed() * trial) {
            let trials = signal.len() / trial;
            let probe = self.plan.probe(member, trials);
            self.executor.write(probe.trials, &self.plan.lay(signal))?;
            self.executor.run(&probe.launches)?;
            logits.extend(self.executor.read::<f32>(probe.logits, trials * shape.classes)?);
        }
        Ok(logits)
    }

    /// The tensors of a member's state with their entries, which have the same order.
    fn tensors(&self, member: &Member) -> [Vec<StateTensor>; 2] {
        [self.plan.network_tensors().to_vec(), self.plan.optimizer_tensors(rule(member).kept())]
    }

    fn state(&self, number: usize, like: &State, member: &Member) -> Result<State, ModelError> {
        let numbers = self.executor.state(number as u32)?;
        let [network, optimizer] = self.tensors(member);
        let read = |entries: &[Entry<f32>], tensors: &[StateTensor]| {
            entries.iter().zip(tensors).map(|(entry, tensor)| read(entry, tensor, &numbers)).collect()
        };
        Ok(State { network: read(&like.network, &network), optimizer: read(&like.optimizer, &optimizer) })
    }

    fn set_state(&mut self, number: usize, state: &State, member: &Member) -> Result<(), ModelError> {
        let mut numbers = vec![0.0; self.plan.program.state_bytes as usize / size_of::<f32>()];
        let [network, optimizer] = self.tensors(member);
        let entries = state.network.iter().zip(&network).chain(state.optimizer.iter().zip(&optimizer));
        for (entry, tensor) in entries {
            write(entry, tensor, &mut numbers);
        }
        Ok(self.executor.set_state(number as u32, &numbers)?)
    }
}

/// An entry with the numbers of its tensor.
fn read(entry: &Entry<f32>, tensor: &StateTensor, numbers: &[f32]) -> Entry<f32> {
    let own = || numbers[tensor.offset..][..tensor.length].to_vec();
    let value = match &entry.value {
        Value::Parameter(_) => Value::Parameter(own()),
        Value::Mean(_) => Value::Mean(own()),
        Value::Variance(_) => Value::Variance(own()),
        Value::Moment(_) => Value::Moment(own()),
        // Two numbers have the room of a counter.
        Value::Counter(_) => {
            let [low, high] = [0, 1].map(|half| u64::from(numbers[tensor.offset + half].to_bits()));
            Value::Counter((low | high << 32) as i64)
        }
    };
    Entry { value, ..entry.clone() }
}

fn write(entry: &Entry<f32>, tensor: &StateTensor, numbers: &mut [f32]) {
    match &entry.value {
        Value::Counter(count) => {
            let bits = *count as u64;
            numbers[tensor.offset] = f32::from_bits(bits as u32);
            numbers[tensor.offset + 1] = f32::from_bits((bits >> 32) as u32);
        }
        _ => numbers[tensor.offset..][..tensor.length].copy_from_slice(entry.numbers()),
    }
}

impl From<CudaError> for ModelError {
    fn from(error: CudaError) -> Self {
        let message = error.to_string();
        if error.is_out_of_memory() { Self::OutOfMemory(message) } else { Self::Device(message) }
    }
}

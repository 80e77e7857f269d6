//! What is trained in the checks: networks on trials of noise, by members that differ in everything that members may differ in.

use sweep_cuda::{
    Device, Executor, Launching,
    launch::bytes_of,
    plan::{MemberSettings, PTX, Plan, Rule, Set, StateTensor, Work, arguments::Member},
};
use sweep_job::Activation;
use sweep_kernels::{Activation as KernelActivation, AdamRule, DecayKind, SgdRule};
use sweep_models::{Network, Settings, Value};
use sweep_networks::{InputShape, ModelKind, SettingValue, SettingValues};
use sweep_random::{Purpose, Stream};

use crate::Outcome;

/// A network, its trials and its batches.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) model: ModelKind,
    pub(crate) settings: Vec<(&'static str, SettingValue)>,
    pub(crate) shape: InputShape,
    pub(crate) train: usize,
    pub(crate) test: usize,
    pub(crate) batch: usize,
}

pub(crate) const LAB: InputShape = InputShape { channels: 2, samples: 750, classes: 2 };
pub(crate) const WIDE: InputShape = InputShape { channels: 22, samples: 1000, classes: 4 };

/// A bundle on a device.
pub(crate) struct Bundle {
    pub(crate) plan: Plan,
    pub(crate) executor: Executor,
    subject: Subject,
    /// Which member each is, by the number that its settings follow from.
    members: Vec<u32>,
}

impl Subject {
    pub(crate) fn new(
        name: &'static str,
        model: ModelKind,
        shape: InputShape,
        trials: [usize; 2],
        batch: usize,
    ) -> Self {
        Self { name, model, settings: Vec::new(), shape, train: trials[0], test: trials[1], batch }
    }

    pub(crate) fn values(&self) -> SettingValues {
        let mut values = SettingValues::default();
        self.settings.iter().for_each(|(name, value)| values.set(name, Some(*value)));
        values
    }

    /// The plan of a bundle of so many members.
    pub(crate) fn plan(&self, members: usize, has_clip: bool) -> Outcome<Plan> {
        let blueprint = self.model.descriptor().blueprint(&self.values(), self.shape)?;
        let work = Work {
            members,
            train_trials: self.train,
            validation_trials: 0,
            test_trials: self.test,
            batch_size: self.batch,
            evaluated_together: self.batch.max(128),
            has_clip,
        };
        Plan::new(&blueprint, self.shape, work).ok_or_else(|| "there are no kernels for it".into())
    }

    /// Trials `[trial, channel, time]` of noise, and their labels.
    fn trials(&self, count: usize, part: u32) -> (Vec<f32>, Vec<u32>) {
        let mut draws = Stream::new(11, Purpose::Synthetic, part, 0).draws();
        let numbers = count * self.shape.channels * self.shape.samples;
        let signal = (0..numbers).map(|_| 2.0 * draws.normal() as f32).collect();
        (signal, (0..count).map(|_| draws.below(self.shape.classes as u32)).collect())
    }

    /// A bundle of the members of these numbers, with initial weights and data.
    pub(crate) fn bundle(&self, device: &Device, members: &[u32], launching: Launching) -> Outcome<Bundle> {
        let settings: Vec<MemberSettings> = members.iter().map(|member| settings(*member)).collect();
        let plan = self.plan(members.len(), settings.iter().any(|settings| settings.clip_norm.is_some()))?;
        let mut executor = Executor::new(device, PTX, plan.program.clone(), launching)?;
        executor.write(plan.members(), &settings.iter().map(Member::from).collect::<Vec<_>>())?;
        let ((train, labels), (test, _)) = (self.trials(self.train, 0), self.trials(self.test, 1));
        let (train, test) = (plan.lay(&train), plan.lay(&test));
        executor.take_data(&[
            (plan.trials(Set::Train), bytes_of(&train)),
            (plan.trials(Set::Test), bytes_of(&test)),
            (plan.labels(), bytes_of(&labels)),
        ])?;
        for (place, member) in members.iter().enumerate() {
            let state = self.initial(&plan, *member)?;
            executor.set_state(place as u32, &state)?;
        }
        Ok(Bundle { plan, executor, subject: self.clone(), members: members.to_vec() })
    }

    /// A member's state before its first epoch.
    fn initial(&self, plan: &Plan, member: u32) -> Outcome<Vec<f32>> {
        let more = self.values();
        let network_settings = Settings { more, ..Settings::lab(self.model, Activation::Relu) };
        let network = Network::<f32>::new(&network_settings, self.shape, settings(member).seed)?;
        let mut state = vec![0.0; plan.program.state_bytes as usize / 4];
        for (entry, tensor) in network.state().iter().zip(plan.network_tensors()) {
            if !matches!(entry.value, Value::Counter(_)) {
                state[tensor.offset..][..tensor.length].copy_from_slice(entry.numbers());
            }
        }
        Ok(state)
    }
}

impl Bundle {
    /// The input of an epoch, from 1.
    pub(crate) fn input(&self, epoch: u32) -> Vec<u8> {
        let order = |member: &u32| {
            let mut order: Vec<u32> = (0..self.subject.train as u32).collect();
            Stream::new(settings(*member).seed, Purpose::Shuffle, epoch, 0).draws().shuffle(&mut order);
            order
        };
        let orders: Vec<_> = self.members.iter().map(order).collect();
        let epochs: Vec<_> = orders.iter().map(|order| Some((epoch, &order[..]))).collect();
        self.plan.input(&epochs)
    }

    /// Trains so many epochs, from the first, and gives the results of the last.
    pub(crate) fn train(&mut self, epochs: u32) -> Outcome<Vec<sweep_cuda::plan::MemberResults>> {
        let mut results = None;
        for epoch in 1..=epochs {
            self.executor.submit(&self.input(epoch))?;
            results = self.executor.collect()?;
        }
        Ok(self.plan.results(&results.ok_or("there was no epoch")?.results))
    }

    /// The tensors of a member's state: of the network, and of its optimizer.
    pub(crate) fn tensors(&self, place: usize) -> Vec<StateTensor> {
        let kept = settings(self.members[place]).rule.kept();
        [self.plan.network_tensors().to_vec(), self.plan.optimizer_tensors(kept)].concat()
    }
}

/// The settings of a member: neighbours differ in all of them.
pub(crate) fn settings(member: u32) -> MemberSettings {
    let adam = |decay_kind| {
        let rate = 1e-3 * f64::from(1 + member % 5);
        Rule::Adam(AdamRule {
            learning_rate: rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
            decay_kind,
        })
    };
    let number = member as usize;
    MemberSettings {
        seed: 5 + 97 * u64::from(member),
        activation: [
            KernelActivation::Elu { alpha: 1.0 },
            KernelActivation::LeakyRelu { slope: 0.01 },
            KernelActivation::Relu,
        ][number % 3],
        dropout: [0.25, 0.5, 0.0][number % 3],
        rule: match member % 3 {
            0 => adam(DecayKind::Coupled),
            1 => {
                Rule::Sgd(SgdRule { learning_rate: 1e-2, momentum: 0.9, nesterov: true, weight_decay: 0.01 })
            }
            _ => adam(DecayKind::Decoupled),
        },
        label_smoothing: if member % 2 == 1 { 0.1 } else { 0.0 },
        clip_norm: (member % 4 == 1).then_some(0.5),
        max_norm: None,
    }
}

/// Opens the device. A process does so once: it takes a while.
pub(crate) fn device() -> Outcome<Device> {
    Ok(Device::open(0)?)
}

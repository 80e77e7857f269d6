//! Members as the processor has them, on the emulated machine.

use sweep_cuda::{
    Device, Executor, Launching,
    launch::{bytes_of, from_bytes},
    plan::{MemberSettings, PTX, Plan, Rule, Set, TensorKind, Work},
};
use sweep_job as job;
use sweep_kernels::{Activation, AdamRule, DecayKind, SgdRule};
use sweep_models::{DropoutKey, Element, InputShape, Network, OptimizerSettings, Settings, Value};
use sweep_networks::{SettingValue, SettingValues};
use sweep_random::{Purpose, Stream};

use super::{Machine, Real};

/// A network, its trials and how it is trained.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) settings: Settings,
    pub(crate) shape: InputShape,
    pub(crate) trials: usize,
    pub(crate) batch: usize,
    /// Added to every sample.
    pub(crate) mean: f32,
}

/// One member.
#[derive(Clone, Copy)]
pub(crate) struct Trainee {
    pub(crate) seed: u64,
    pub(crate) activation: job::Activation,
    pub(crate) dropout: f64,
    pub(crate) optimizer: OptimizerSettings,
}

impl Task {
    pub(crate) fn new(settings: Settings, shape: InputShape) -> Self {
        Self { settings, shape, trials: 17, batch: 7, mean: 0.0 }
    }

    /// An executor on `device` with the data of the task, and the members and states that `machine` has.
    #[allow(dead_code, reason = "some tests run on the machine alone")]
    pub(crate) fn executor(&self, machine: &Machine, device: &Device) -> Executor {
        let plan = &machine.plan;
        let mut executor = Executor::new(device, PTX, plan.program.clone(), Launching::Graph).unwrap();
        let table_bytes = plan.program.region_bytes(plan.members().region) as usize;
        executor.write(plan.members(), &machine.read::<u8>(plan.members(), table_bytes)).unwrap();
        let (signal, labels) = self.data();
        let laid = plan.lay(&signal);
        let three = plan.lay(&signal[..3 * self.shape.channels * self.shape.samples]);
        let parts = [
            (plan.trials(Set::Train), bytes_of(&laid)),
            (plan.labels(), bytes_of(&labels)),
            (plan.trials(Set::Validation), bytes_of(&three)),
            (plan.trials(Set::Test), bytes_of(&laid)),
        ];
        executor.take_data(&parts).unwrap();
        for member in 0..plan.program.members {
            let state = from_bytes::<f32>(&machine.state_bytes(member as usize));
            executor.set_state(member, &state).unwrap();
        }
        executor
    }

    fn settings(&self, trainee: &Trainee) -> Settings {
        Settings { activation: trainee.activation, dropout: trainee.dropout, ..self.settings.clone() }
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.settings.more.get(name) {
            Some(SettingValue::Number(number)) => Some(number),
            _ => None,
        }
    }

    fn member(&self, trainee: &Trainee) -> MemberSettings {
        let OptimizerSettings { optimizer, learning_rate, weight_decay } = trainee.optimizer;
        let adam = |decay_kind, beta1, beta2, epsilon| {
            Rule::Adam(AdamRule { learning_rate, beta1, beta2, epsilon, weight_decay, decay_kind })
        };
        MemberSettings {
            seed: trainee.seed,
            activation: match trainee.activation {
                job::Activation::Relu => Activation::Relu,
                job::Activation::LeakyRelu { slope } => Activation::LeakyRelu { slope },
                job::Activation::Elu { alpha } => Activation::Elu { alpha },
            },
            dropout: trainee.dropout,
            rule: match optimizer {
                job::Optimizer::Adam { beta1, beta2, epsilon } => {
                    adam(DecayKind::Coupled, beta1, beta2, epsilon)
                }
                job::Optimizer::AdamW { beta1, beta2, epsilon } => {
                    adam(DecayKind::Decoupled, beta1, beta2, epsilon)
                }
                job::Optimizer::Sgd { momentum, nesterov } => {
                    Rule::Sgd(SgdRule { learning_rate, momentum, nesterov, weight_decay })
                }
            },
            label_smoothing: self.number("label_smoothing").unwrap_or(0.0),
            clip_norm: self.number("gradient_clip_norm"),
            max_norm: self.settings.max_norm,
        }
    }

    /// Trials of noise, and labels.
    pub(crate) fn data(&self) -> (Vec<f32>, Vec<u32>) {
        let mut draws = Stream::new(11, Purpose::Synthetic, 0, 0).draws();
        let count = self.trials * self.shape.channels * self.shape.samples;
        let signal = (0..count).map(|_| self.mean + 2.0 * draws.normal() as f32).collect();
        (signal, (0..self.trials).map(|_| draws.below(self.shape.classes as u32)).collect())
    }

    /// The order of a member's trials.
    pub(crate) fn order(&self, trainee: &Trainee, epoch: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.trials as u32).collect();
        Stream::new(trainee.seed, Purpose::Shuffle, epoch, 0).draws().shuffle(&mut order);
        order
    }

    /// A machine with new members, who have the processor's initial weights.
    pub(crate) fn machine(&self, trainees: &[Trainee], real: Real) -> Machine {
        let descriptor = self.settings.model.descriptor();
        let blueprint = descriptor.blueprint(&self.settings.more, self.shape).expect("a network");
        let members: Vec<MemberSettings> = trainees.iter().map(|trainee| self.member(trainee)).collect();
        let work = Work {
            members: trainees.len(),
            train_trials: self.trials,
            validation_trials: 3,
            test_trials: self.trials,
            batch_size: self.batch,
            evaluated_together: 4,
            has_clip: members.iter().any(|member| member.clip_norm.is_some()),
        };
        let plan = Plan::with_number_bytes(&blueprint, self.shape, work, real.bytes()).expect("kernels");
        let mut machine = Machine::new(plan, real);
        machine.set_members(&members);
        let (signal, labels) = self.data();
        let three = &signal[..3 * self.shape.channels * self.shape.samples];
        machine.set_data((&signal, &labels), three, &signal);
        for (member, trainee) in trainees.iter().enumerate() {
            let network = self.network::<f32>(trainee);
            for tensor in machine.plan.network_tensors().to_vec() {
                let entry = network.state().iter().find(|entry| entry.name == tensor.name).expect("a tensor");
                let numbers = match &entry.value {
                    Value::Counter(count) => vec![*count as f64],
                    _ => entry.numbers().iter().copied().map(f64::from).collect(),
                };
                machine.set_tensor(member, &tensor, &numbers);
            }
        }
        machine
    }

    /// The same member on the processor. Its normalisations have weights and biases that matter, and all are float32 in any type.
    pub(crate) fn network<T: Element>(&self, trainee: &Trainee) -> Network<T> {
        let mut network =
            Network::<T>::new(&self.settings(trainee), self.shape, trainee.seed).expect("a network");
        let mut draws = Stream::new(trainee.seed, Purpose::Synthetic, 0, 0).draws();
        for parameter in 0.. {
            let Some(numbers) = network.parameter_mut(parameter) else { break };
            let is_new_norm = numbers.iter().all(|number| *number == T::one() || *number == T::zero());
            for number in numbers {
                let change = if is_new_norm { 0.4 * (draws.uniform() - 0.5) } else { 0.0 };
                *number = T::from_f64(f64::from((number.to_f64() + change) as f32));
            }
        }
        network
    }

    /// Trains an epoch, and evaluates after it.
    pub(crate) fn epoch(&self, machine: &mut Machine, trainees: &[Trainee], epoch: u32) {
        let orders: Vec<_> = trainees.iter().map(|trainee| self.order(trainee, epoch)).collect();
        machine.set_epoch(epoch, &orders);
        machine.run(&machine.plan.program.training);
        machine.run(&machine.plan.program.evaluation);
    }

    /// The gradients of the first batch of an epoch on the processor, in float64, and its loss.
    pub(crate) fn processor_step<T: Element>(
        &self,
        trainee: &Trainee,
        epoch: u32,
    ) -> (f64, Vec<(String, Vec<f64>)>) {
        let mut network = self.network::<T>(trainee);
        let (signal, labels) = self.data();
        let numbers = self.order(trainee, epoch)[..self.batch].to_vec();
        let labels: Vec<u32> = numbers.iter().map(|number| labels[*number as usize]).collect();
        let key = DropoutKey { seed: trainee.seed, epoch, step: 1 };
        let loss = network.step(&signal, &numbers, &labels, key).expect("a step").loss;
        let names = network.parameters().map(|entry| entry.name.clone());
        let gradients =
            network.gradients().map(|gradient| gradient.iter().map(|value| value.to_f64()).collect());
        (loss, names.zip(gradients).collect())
    }
}

/// The gradients of a member after the launches of its first step up to the update, and its loss.
pub(crate) fn first_step(machine: &Machine, member: usize) -> (f64, Vec<(String, Vec<f64>)>) {
    let step = machine.steps().remove(0);
    for launch in step.iter().take_while(|launch| !["clip", "update"].contains(&launch.kernel)) {
        machine.launch(launch);
    }
    (machine.loss_sum(member), machine.gradients(member))
}

impl Machine {
    /// The sum of the losses of a member's epoch so far.
    pub(crate) fn loss_sum(&self, member: usize) -> f64 {
        let program = &self.plan.program;
        let mut place = self.plan.progress();
        place.offset += program.stride(program.state) * member as u64;
        self.read::<f64>(place, 1)[0]
    }

    /// The gradients of a member's parameters.
    pub(crate) fn gradients(&self, member: usize) -> Vec<(String, Vec<f64>)> {
        let program = &self.plan.program;
        let tensors =
            self.plan.network_tensors().iter().filter(|tensor| tensor.kind == TensorKind::Parameter);
        let gradient = |tensor: &sweep_cuda::plan::StateTensor| {
            let mut place = self.plan.gradient(tensor).expect("a parameter");
            place.offset += program.stride(program.state) * member as u64;
            (tensor.name.clone(), self.read_numbers(place, tensor.length))
        };
        tensors.map(gradient).collect()
    }
}

/// Settings of a network that do not have their defaults.
pub(crate) fn values(pairs: &[(&'static str, SettingValue)]) -> SettingValues {
    let mut values = SettingValues::default();
    pairs.iter().for_each(|(name, value)| values.set(name, Some(*value)));
    values
}

/// Adam with the lab's numbers.
pub(crate) fn adam(learning_rate: f64) -> OptimizerSettings {
    OptimizerSettings { optimizer: job::Optimizer::LAB, learning_rate, weight_decay: 0.0 }
}

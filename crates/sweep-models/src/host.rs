//! The engine that computes while it is asked: each member in turn, with kernels or layer by layer.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use sweep_job::Score;
use sweep_kernels::DropoutKey;

use crate::{
    Divergence, Engine, Epoch, EpochResult, InputShape, LabelledTrials, Member, MemberEpoch, ModelError,
    Network, Optimizer, State, Step, TrainedEpoch, TrainingData,
};

/// Members with their weights and optimizers on the host.
#[derive(Debug)]
pub(crate) struct HostEngine {
    members: Vec<HostMember>,
    data: Arc<TrainingData>,
    /// Of the epochs that are not collected.
    results: VecDeque<Vec<Option<EpochResult>>>,
}

#[derive(Debug)]
struct HostMember {
    network: Network,
    optimizer: Optimizer,
    seed: u64,
}

impl HostEngine {
    /// New members for trials of `shape`.
    ///
    /// # Errors
    /// If a network or optimizer cannot be made.
    pub(crate) fn new(members: &[Member], shape: InputShape) -> Result<Self, ModelError> {
        let member = |Member { settings, optimizer, seed }: &Member| {
            let network = Network::new(settings, shape, *seed)?;
            let optimizer = Optimizer::new(*optimizer, &network)?;
            Ok(HostMember { network, optimizer, seed: *seed })
        };
        let members = members.iter().map(member).collect::<Result<_, ModelError>>()?;
        Ok(Self { members, data: Arc::default(), results: VecDeque::new() })
    }
}

impl Engine for HostEngine {
    fn take_data(&mut self, data: Arc<TrainingData>) -> Result<(), ModelError> {
        self.data = data;
        Ok(())
    }

    fn wants_epoch(&self) -> bool {
        self.results.is_empty()
    }

    fn submit(&mut self, epoch: Epoch) -> Result<(), ModelError> {
        let (members, given) = (self.members.len(), epoch.members.len());
        if members != given {
            return Err(ModelError::Members { members, given });
        }
        let pairs = self.members.iter_mut().zip(&epoch.members);
        let results = pairs.map(|(member, task)| {
            let train = |task| member.epoch(&self.data, task, epoch.batch_size);
            task.as_ref().map(train).transpose()
        });
        let mut results = results.collect::<Result<Vec<_>, _>>()?;
        take_the_same_time(&mut results);
        self.results.push_back(results);
        Ok(())
    }

    fn collect(&mut self) -> Result<Option<Vec<Option<EpochResult>>>, ModelError> {
        Ok(self.results.pop_front())
    }

    fn state(&self, member: usize) -> Result<State, ModelError> {
        let HostMember { network, optimizer, .. } = &self.members[member];
        Ok(State { network: network.state().to_vec(), optimizer: optimizer.state().to_vec() })
    }

    fn set_state(&mut self, member: usize, state: State) -> Result<(), ModelError> {
        let member = &mut self.members[member];
        member.network.set_state(state.network);
        member.optimizer.set_state(state.optimizer);
        Ok(())
    }

    fn logits(&mut self, member: usize, signal: &[f32]) -> Result<Vec<f32>, ModelError> {
        self.members[member].network.logits(signal)
    }
}

/// Lets each epoch of members that computed in turn last as long as all of them.
fn take_the_same_time(results: &mut [Option<EpochResult>]) {
    let trained = || results.iter().flatten().flatten();
    let train_seconds = trained().map(|epoch| epoch.train_seconds).sum();
    let evaluation_seconds = trained().map(|epoch| epoch.evaluation_seconds).sum();
    for epoch in results.iter_mut().flatten().flatten() {
        (epoch.train_seconds, epoch.evaluation_seconds) = (train_seconds, evaluation_seconds);
    }
}

impl HostMember {
    /// Trains an epoch, and evaluates after it.
    fn epoch(
        &mut self,
        data: &TrainingData,
        epoch: &MemberEpoch,
        batch_size: usize,
    ) -> Result<EpochResult, ModelError> {
        let begin = Instant::now();
        let train = match self.train(&data.train, epoch, batch_size)? {
            Ok(score) => score,
            Err(divergence) => return Ok(Err(divergence)),
        };
        let trained = Instant::now();
        let network = &mut self.network;
        let validation = data.validation.as_ref().map(|set| network.logits(&set.signal)).transpose()?;
        let test = network.logits(&data.test.signal)?;
        let evaluation_seconds = trained.elapsed().as_secs_f64();
        let not_finite = network.not_finite().or_else(|| self.optimizer.not_finite());
        let train_seconds = (trained - begin).as_secs_f64();
        Ok(Ok(TrainedEpoch { train, validation, test, not_finite, train_seconds, evaluation_seconds }))
    }

    /// One pass over the train set.
    fn train(
        &mut self,
        set: &LabelledTrials,
        epoch: &MemberEpoch,
        batch_size: usize,
    ) -> Result<Result<Score, Divergence>, ModelError> {
        let (mut loss_sum, mut correct_count) = (0.0, 0);
        for (step, numbers) in (1..).zip(epoch.order.chunks(batch_size)) {
            let labels = numbers.iter().map(|number| set.label(*number)).collect::<Result<Vec<_>, _>>()?;
            let key = DropoutKey { seed: self.seed, epoch: epoch.number, step };
            let Step { loss, correct } = self.network.step(&set.signal, numbers, &labels, key)?;
            if !loss.is_finite() {
                return Ok(Err(Divergence { step }));
            }
            loss_sum += loss * numbers.len() as f64;
            correct_count += correct;
            self.optimizer.step(&mut self.network);
            self.network.apply_max_norm();
        }
        let trials = epoch.order.len() as f64;
        Ok(Ok(Score { loss: loss_sum / trials, accuracy: correct_count as f64 / trials }))
    }
}

impl LabelledTrials {
    fn label(&self, number: u32) -> Result<u32, ModelError> {
        let trials = self.labels.len();
        self.labels.get(number as usize).copied().ok_or(ModelError::Trial { number, trials })
    }
}

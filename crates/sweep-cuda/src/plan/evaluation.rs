//! The launches that follow an epoch's steps, and those for the logits of any trials.

use super::{
    Frame, Plan, Set,
    arguments::EndArguments,
    training::{Batch, Source},
};
use crate::launch::{Address, Launch};

/// What the logits of some trials take.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Where the trials are written to, as [`Plan::lay`] gives them.
    pub trials: Address,
    /// What is run then.
    pub launches: Vec<Launch>,
    /// Where the logits are read from, `[trial, class]`.
    pub logits: Address,
}

impl Plan {
    /// Validation and test set, and the check of the state.
    pub(super) fn evaluation(&self) -> Vec<Launch> {
        let frame = self.all();
        let mut launches = vec![self.prepare(&self.evaluation_tasks(), frame)];
        let mut logits = super::RESULTS_HEADER;
        for (set, trials) in
            [(Set::Validation, self.work.validation_trials), (Set::Test, self.work.test_trials)]
        {
            for first in (0..trials).step_by(self.layout.capacity) {
                let count = self.layout.capacity.min(trials - first);
                let place = self.layout.data.trials(set) + (first * self.trial()) as u32;
                self.evaluate(frame, place, count, logits + first * self.stages.dense.classes, &mut launches);
            }
            logits += trials * self.stages.dense.classes;
        }
        let (arguments, tensors) = self.epoch_arguments();
        launches
            .push(self.launch(frame, "end_epoch", [tensors, 1], 256, 256 * 8, |own| own.plain(&arguments)));
        launches
    }

    /// The most trials that one [`probe`](Self::probe) can take.
    pub fn most_probed(&self) -> usize {
        self.layout.capacity
    }

    /// The logits of `trials` trials by one member, at most [`most_probed`](Self::most_probed). No epoch may be running.
    pub fn probe(&self, member: usize, trials: usize) -> Probe {
        let frame = Frame { first: member, members: 1, results: self.regions.probe_logits };
        let mut launches = vec![self.prepare(&self.evaluation_tasks(), frame)];
        self.evaluate(frame, self.layout.data.probe, trials, 0, &mut launches);
        Probe {
            trials: self.regions.data.at(u64::from(self.layout.data.probe) * self.number_bytes),
            launches,
            logits: self.regions.probe_logits.at(0),
        }
    }

    fn trial(&self) -> usize {
        self.stages.shape.samples * self.stages.shape.channels.next_multiple_of(4)
    }

    /// The logits of trials of the data set, into a member's results from number `logits` on.
    fn evaluate(&self, frame: Frame, place: u32, trials: usize, logits: usize, launches: &mut Vec<Launch>) {
        let batch = Batch { number: 0, first: 0, trials, source: Source::Laid(place) };
        let last = self.stages.stages.len() - 1;
        self.first_forward(batch, false, frame, launches);
        for stage in 1..=last {
            launches.push(self.tail("tail_forward", stage - 1, batch, false, frame));
            launches.push(self.convolution(stage, batch, false, frame));
        }
        launches.push(self.tail("tail_forward", last, batch, false, frame));
        let arguments = EndArguments { logits: logits as u32, ..self.end_arguments(batch) };
        let (threads, shared) = self.end_block();
        launches.push(
            self.launch(frame, "end_evaluation", [trials, 1], threads, shared, |own| own.plain(&arguments)),
        );
    }
}

//! How much time is left, from epochs that were measured and nothing else, and the words for it. It reads nothing.

use sweep_job::{Pace, Progress, RunningTraining, SweepId, WorkLeft};

use crate::words::{counted, rough_duration};

/// Time that is left, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Left {
    /// No work is.
    Nothing,
    /// Every kind of epoch that is left was measured.
    About(f64),
    /// Some kind was not: this is the share of those that were.
    AtLeast(f64),
    /// No kind was.
    Unknown,
}

impl Left {
    /// Of the work by itself, one training after the other.
    pub fn of(work: &[WorkLeft], paces: &[Pace]) -> Self {
        let epochs = |work: &WorkLeft| (work.epochs, pace(paces, &work.kind));
        Self::of_epochs(work.iter().map(epochs))
    }

    /// Of epochs of several kinds, one after the other: how many are left of each, and the measured seconds of one.
    pub fn of_epochs(kinds: impl IntoIterator<Item = (u64, Option<f64>)>) -> Self {
        let left = kinds.into_iter().filter(|(epochs, _)| *epochs > 0);
        let seconds: Vec<Option<f64>> =
            left.map(|(epochs, seconds)| Some(seconds? * epochs as f64)).collect();
        let measured: f64 = seconds.iter().flatten().sum();
        match (seconds.len(), seconds.iter().flatten().count()) {
            (0, _) => Self::Nothing,
            (_, 0) => Self::Unknown,
            (all, known) if all == known => Self::About(measured),
            _ => Self::AtLeast(measured),
        }
    }

    /// Of all work, with as many trainings at a time as there are now.
    pub fn of_all(progress: &Progress, at_a_time: usize) -> Self {
        let of_one =
            |one: &RunningTraining| Some(pace(&progress.paces, &one.kind)? * f64::from(one.epochs_left));
        Self::of(&progress.left, &progress.paces)
            .shared(progress.running.iter().filter_map(of_one), at_a_time)
    }

    /// Of the work of one sweep, if all trainings at a time were its own. If no other sweep has work, this is [`Left::of_all`].
    pub fn of_sweep(progress: &Progress, sweep: SweepId, at_a_time: usize) -> Self {
        match progress.sweeps.as_slice() {
            [(only, _)] if *only == sweep => Self::of_all(progress, at_a_time),
            sweeps => {
                let work = sweeps.iter().find(|(id, _)| *id == sweep);
                let alone = work.map_or(Self::Nothing, |(_, work)| Self::of(work, &progress.paces));
                alone.shared([], at_a_time)
            }
        }
    }

    /// The same with `at_a_time` trainings at a time, of which those under way take `running` seconds more: no schedule is shorter than the
    /// longest of them, or than the work shared out evenly.
    pub fn shared(self, running: impl IntoIterator<Item = f64>, at_a_time: usize) -> Self {
        let longest = running.into_iter().fold(0.0, f64::max);
        let shared = |seconds: f64| longest.max(seconds / at_a_time.max(1) as f64);
        match self {
            Self::About(seconds) => Self::About(shared(seconds)),
            Self::AtLeast(seconds) => Self::AtLeast(shared(seconds)),
            nothing_known => nothing_known,
        }
    }

    /// When all is done, with `at_a_time` trainings under way, in a sentence; `None` if nothing is left.
    pub fn sentence(self, at_a_time: usize) -> Option<String> {
        let left = self.words();
        let sentence = match (self, at_a_time) {
            (Self::Nothing, _) => return None,
            (Self::Unknown, _) => {
                "The time left is unknown: none of the remaining models has been timed yet.".to_owned()
            }
            (_, 0) => format!("{left} of training left; no job is running."),
            (known, at_a_time) => {
                let reason = match known {
                    Self::AtLeast(_) => "; some of the remaining models have not been timed yet",
                    _ => "",
                };
                format!("{left} left, with {} at a time{reason}.", counted(at_a_time, "training"))
            }
        };
        Some(sentence[..1].to_uppercase() + &sentence[1..])
    }

    /// `about 3 h 05 min`, `at least 12 min 03 s`, `unknown`, `-`.
    pub fn words(self) -> String {
        match self {
            Self::Nothing => "-".to_owned(),
            Self::About(seconds) => format!("about {}", rough_duration(seconds)),
            Self::AtLeast(seconds) => format!("at least {}", rough_duration(seconds)),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}

fn pace(paces: &[Pace], kind: &sweep_job::EpochKind) -> Option<f64> {
    paces.iter().find(|pace| pace.kind == *kind).map(|pace| pace.seconds_per_epoch)
}

#[cfg(test)]
mod tests {
    use sweep_job::{DataIdentity, EpochKind, JobId, JobSpec, ModelKind};

    use super::*;

    fn kind(model: ModelKind) -> EpochKind {
        EpochKind { data: DataIdentity("data".into()), model, batch_size: 108, network: String::new() }
    }

    fn work(model: ModelKind, epochs: u64) -> WorkLeft {
        WorkLeft { kind: kind(model), epochs }
    }

    fn pace_of(model: ModelKind, seconds_per_epoch: f64) -> Pace {
        Pace { kind: kind(model), seconds_per_epoch }
    }

    #[test]
    fn what_was_never_measured_is_not_guessed() {
        let (eegnet, deep) = (ModelKind::EegNet, ModelKind::DeepConvNet);
        let paces = [pace_of(eegnet, 2.0)];
        assert_eq!(Left::of(&[], &paces), Left::Nothing);
        assert_eq!(Left::of(&[work(eegnet, 0)], &paces), Left::Nothing);
        assert_eq!(Left::of(&[work(eegnet, 10)], &paces), Left::About(20.0));
        assert_eq!(Left::of(&[work(eegnet, 10), work(deep, 1)], &paces), Left::AtLeast(20.0));
        assert_eq!(Left::of(&[work(deep, 1)], &paces), Left::Unknown);
        assert_eq!(Left::AtLeast(11_130.0).words(), "at least 3 h 05 min");
    }

    #[test]
    fn nothing_is_faster_than_the_longest_training() {
        let kind = kind(ModelKind::EegNet);
        let spec = JobSpec::lab(ModelKind::EegNet, sweep_job::Activation::Relu);
        let running = RunningTraining {
            job: JobId::new(&spec, &kind.data),
            owner: None,
            kind: kind.clone(),
            epochs_finished: 1,
            epochs_left: 30,
            seconds_per_epoch: Some(2.0),
        };
        let progress = Progress {
            left: vec![work(ModelKind::EegNet, 40)],
            sweeps: Vec::new(),
            running: vec![running],
            paces: vec![pace_of(ModelKind::EegNet, 2.0)],
        };
        assert_eq!(Left::of_all(&progress, 1), Left::About(80.0));
        assert_eq!(Left::of_all(&progress, 4), Left::About(60.0));
        assert_eq!(Left::of_all(&progress, 0), Left::About(80.0));
    }
}

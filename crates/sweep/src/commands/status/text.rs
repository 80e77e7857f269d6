//! The words of `sweep status`. It reads nothing.

use std::{collections::HashMap, fmt::Write as _};

use sweep_job::{JobRecord, Progress, RunId, RunLife, RunRecord, SweepCounts, SweepId, SweepLabel};
use sweep_report::{
    Left, distinctions,
    figures::{Blocks, sparkline},
    words::{counted, data_title, moment, of_status, one_line, percent, thousands, wrap},
};

use super::interrupted::{self, Interrupted};

/// Characters of a curve.
const CURVE_WIDTH: usize = 10;

/// Lines of running text are no longer than this, however wide the terminal.
const TEXT_WIDTH: usize = 100;

/// How far everything is, at one moment.
#[derive(Debug, Default)]
pub(super) struct Overview {
    pub(super) sweeps: Vec<SweepCounts>,
    /// The interrupted jobs of each sweep.
    pub(super) interrupted: HashMap<SweepId, Vec<Interrupted>>,
    pub(super) progress: Progress,
    /// Jobs that runs which live are training.
    pub(super) running: Vec<Training>,
    /// Jobs whose runs are dead.
    pub(super) lost: Vec<Training>,
    /// Trainings under way; one may serve several jobs.
    pub(super) at_a_time: usize,
    pub(super) runs: Vec<RunRecord>,
}

/// A job that is being trained, or was when its run died.
#[derive(Debug)]
pub(super) struct Training {
    pub(super) job: JobRecord,
    pub(super) owner: Option<RunId>,
    /// Its test accuracies so far, as shares.
    pub(super) accuracies: Vec<f64>,
}

impl Overview {
    /// For a terminal of `width` columns.
    pub(super) fn text(&self, width: usize, blocks: Blocks) -> String {
        let width = width.min(TEXT_WIDTH);
        let mut text = String::new();
        if self.sweeps.is_empty() {
            text.push_str("no sweep is recorded\n");
        }
        let labels: Vec<SweepLabel> = self.sweeps.iter().map(SweepCounts::label).collect();
        for (sweep, distinction) in self.sweeps.iter().zip(distinctions(&labels)) {
            let _ = writeln!(text, "{}", wrap(&self.sweep(sweep, distinction), width, "  "));
        }
        if !self.running.is_empty() {
            text.push_str("\nrunning\n");
        }
        for training in &self.running {
            let _ = writeln!(text, "{}", training.line(width, blocks));
        }
        if let Some(sentence) = Left::of_all(&self.progress, self.at_a_time).sentence(self.at_a_time) {
            let _ = writeln!(text, "\n{}", wrap(&sentence, width, ""));
        }
        if !self.lost.is_empty() {
            let title = "left running by runs that died; the next `sweep run` continues them";
            let _ = writeln!(text, "\n{}", wrap(title, width, ""));
        }
        for training in &self.lost {
            let _ = writeln!(text, "{}", training.line(width, blocks));
        }
        runs(&mut text, &self.runs, width);
        text
    }

    fn sweep(&self, sweep: &SweepCounts, distinction: Option<String>) -> String {
        let mut line = format!(
            "sweep \"{}\"{} on {}: {} of {} finished",
            one_line(&sweep.name),
            distinction.map_or(String::new(), |told| format!(" ({told})")),
            data_title(&sweep.data_title),
            thousands(u64::from(sweep.finished)),
            counted(sweep.jobs() as usize, "job")
        );
        for (status, count) in sweep.unfinished() {
            let words = match self.interrupted.get(&sweep.sweep) {
                Some(jobs) if status == "interrupted" => interrupted::words(jobs),
                // No run that lives has any of them.
                _ if status == "running" && self.running.is_empty() => {
                    format!("{} left running", thousands(u64::from(count)))
                }
                _ => of_status(status, count),
            };
            let _ = write!(line, ", {words}");
        }
        // The time left of a single sweep is that of all, which is said below.
        if self.progress.sweeps.len() > 1 {
            match Left::of_sweep(&self.progress, sweep.sweep, self.at_a_time) {
                Left::Nothing | Left::Unknown => {}
                left => {
                    let _ = write!(line, "; {} left", left.words());
                }
            }
        }
        line
    }
}

impl Training {
    /// `EEGNet      ReLU      ▁▃█▆       312/1201  best 87.22 %  33bcdb175ffe  run 7`; what does not fit `width` is left out.
    fn line(&self, width: usize, blocks: Blocks) -> String {
        let Self { job, owner, accuracies } = self;
        let curve = sparkline(accuracies, CURVE_WIDTH, blocks);
        let mut line = format!(
            "  {:<11} {:<9} {curve:<CURVE_WIDTH$} {}/{}",
            job.spec.model.title(),
            job.spec.activation.title(),
            job.epochs_finished,
            job.spec.epochs
        );
        let best = job.best.map(|best| format!("best {}", percent(best.test.accuracy)));
        let run = owner.map(|RunId(run)| format!("run {run}"));
        for part in [best, Some(job.id.short()), run].into_iter().flatten() {
            if line.chars().count() + 2 + part.chars().count() > width {
                break;
            }
            line = format!("{line}  {part}");
        }
        line
    }
}

fn runs(text: &mut String, runs: &[RunRecord], width: usize) {
    let mut alive = runs.iter().filter(|run| run.life == RunLife::Alive).peekable();
    if alive.peek().is_none() {
        text.push_str("\nno run is active\n");
        return;
    }
    text.push_str("\nruns\n");
    for run in alive {
        let line = format!(
            "run {}: process {} on {}, since {} UTC, holds {}: {}",
            run.id.0,
            run.process.process,
            one_line(&run.process.host),
            moment(&run.started_at),
            counted(run.jobs as usize, "job"),
            one_line(&run.details.command_line)
        );
        let _ = writeln!(text, "  {}", wrap(&line, width.saturating_sub(2), "    "));
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use sweep_job::{
        Activation, DataIdentity, DataLabel, EpochKind, EpochMetrics, JobId, JobSpec, JobStatus, ModelKind,
        Pace, ProcessIdentity, RunDetails, RunningTraining, Score, SweepId, WorkLeft,
    };

    use super::*;

    fn data() -> DataIdentity {
        DataIdentity("ab12".repeat(16))
    }

    fn training(activation: Activation, accuracies: &[f64]) -> Training {
        let spec = JobSpec::lab(ModelKind::EegNet, activation);
        let epoch = |(epoch, accuracy): (u32, &f64)| {
            let score = Score { loss: 0.5, accuracy: *accuracy };
            EpochMetrics {
                epoch,
                train: score,
                validation: None,
                test: score,
                train_seconds: 1.0,
                evaluation_seconds: 0.5,
            }
        };
        let best = (1..).zip(accuracies).max_by(|one, other| one.1.total_cmp(other.1)).map(epoch);
        let label = DataLabel {
            identity: data(),
            set: "bci3b".into(),
            title: "BCI Competition III".into(),
            leaks: None,
        };
        Training {
            job: JobRecord {
                id: JobId::new(&spec, &data()),
                spec,
                sweeps: vec!["lab2".into()],
                data: label,
                status: JobStatus::Running,
                attempts: 1,
                epochs_finished: accuracies.len() as u32,
                seconds: 1.5 * accuracies.len() as f64,
                best,
                selected: None,
                last: best,
                created_at: "2026-03-01T12:00:00.000".into(),
                started_at: None,
                finished_at: None,
                provenance: None,
            },
            owner: Some(RunId(7)),
            accuracies: accuracies.to_vec(),
        }
    }

    fn standing() -> Overview {
        let kind =
            EpochKind { data: data(), model: ModelKind::EegNet, batch_size: 1080, network: String::new() };
        let one = training(Activation::Relu, &[0.5, 0.6, 0.8722, 0.78125]);
        let other = training(Activation::Elu { alpha: 1.0 }, &[]);
        let left = vec![WorkLeft { kind: kind.clone(), epochs: 2398 }];
        let running = |training: &Training| RunningTraining {
            job: training.job.id,
            owner: training.owner,
            kind: kind.clone(),
            epochs_finished: training.job.epochs_finished,
            epochs_left: 1201 - training.job.epochs_finished,
            seconds_per_epoch: None,
        };
        let counts = SweepCounts {
            sweep: SweepId(1),
            name: "lab2".into(),
            data_title: "BCI Competition III, data set IIIb, subjects O3, S4 and X11".into(),
            command_line: "sweep run sweeps/lab2.toml".into(),
            created_at: "2026-03-01T12:00:00.000".into(),
            queued: 0,
            interrupted: 0,
            running: 2,
            finished: 3,
            failed: 1,
            diverged: 0,
            cancelled: 0,
        };
        Overview {
            sweeps: vec![counts],
            interrupted: HashMap::new(),
            progress: Progress {
                left: left.clone(),
                sweeps: vec![(SweepId(1), left)],
                running: vec![running(&one), running(&other)],
                paces: vec![Pace { kind: kind.clone(), seconds_per_epoch: 1.5 }],
            },
            running: vec![one, other],
            lost: Vec::new(),
            at_a_time: 2,
            runs: vec![run()],
        }
    }

    fn run() -> RunRecord {
        RunRecord {
            id: RunId(7),
            process: ProcessIdentity {
                host: "lab7".into(),
                boot_id: None,
                process: 4242,
                process_started: None,
            },
            started_at: "2026-03-01T12:00:00.000".into(),
            ended_at: None,
            jobs: 2,
            life: RunLife::Alive,
            details: RunDetails {
                command_line: "sweep run sweeps/lab2.toml --workers 2 --db results.db".into(),
                ..RunDetails::default()
            },
        }
    }

    #[test]
    fn what_goes_on_is_told_on_wide_and_narrow_terminals() {
        assert_snapshot!(standing().text(100, Blocks::Unicode), @r#"
        sweep "lab2" on BCI Competition III, data set IIIb, subjects O3, S4 and X11: 3 of 6 jobs finished, 2
          running, 1 failed

        running
          EEGNet      ReLU      ▁▃█▆       4/1201  best 87.22 %  5f3dd3b0eeb6  run 7
          EEGNet      ELU                  0/1201  885b798fac62  run 7

        About 30 min 02 s left, with 2 trainings at a time.

        runs
          run 7: process 4242 on lab7, since 2026-03-01 12:00:00 UTC, holds 2 jobs: sweep run
            sweeps/lab2.toml --workers 2 --db results.db
        "#);
        assert_snapshot!(standing().text(60, Blocks::Ascii), @r#"
        sweep "lab2" on BCI Competition III, data set IIIb, subjects
          O3, S4 and X11: 3 of 6 jobs finished, 2 running, 1 failed

        running
          EEGNet      ReLU      _-@*       4/1201  best 87.22 %
          EEGNet      ELU                  0/1201  885b798fac62

        About 30 min 02 s left, with 2 trainings at a time.

        runs
          run 7: process 4242 on lab7, since 2026-03-01 12:00:00
            UTC, holds 2 jobs: sweep run sweeps/lab2.toml
            --workers 2 --db results.db
        "#);
    }

    #[test]
    fn sweeps_of_one_name_and_interrupted_jobs_are_told() {
        let mut standing = standing();
        let mut other = standing.sweeps[0].clone();
        other.sweep = SweepId(2);
        other.command_line += " --set seed=[1]";
        (other.running, other.queued, other.interrupted) = (0, 5, 2);
        standing.sweeps.push(other);
        let half = vec![WorkLeft { epochs: 1199, ..standing.progress.left[0].clone() }];
        standing.progress.sweeps = vec![(SweepId(1), half.clone()), (SweepId(2), half)];
        let saved = Interrupted { saved: Some(40), epochs: 1201 };
        standing.interrupted.insert(SweepId(2), vec![saved; 2]);
        let text = standing.text(100, Blocks::Unicode);
        assert_snapshot!(text.split_once("\n\n").map_or("", |(sweeps, _)| sweeps), @r#"
        sweep "lab2" (number 1, without --set) on BCI Competition III, data set IIIb, subjects O3, S4 and
          X11: 3 of 6 jobs finished, 2 running, 1 failed; about 14 min 59 s left
        sweep "lab2" (number 2, --set seed=[1]) on BCI Competition III, data set IIIb, subjects O3, S4 and
          X11: 3 of 9 jobs finished, 2 interrupted (saved at epoch 40 of 1201), 3 waiting, 1 failed; about
          14 min 59 s left
        "#);
        assert!(text.contains("About 30 min 02 s left, with 2 trainings at a time."), "{text}");
    }

    #[test]
    fn what_was_left_is_told() {
        let standing = standing();
        let lost = Overview {
            lost: standing.running,
            running: Vec::new(),
            at_a_time: 0,
            runs: Vec::new(),
            ..standing
        };
        assert_snapshot!(lost.text(100, Blocks::Unicode), @r#"
        sweep "lab2" on BCI Competition III, data set IIIb, subjects O3, S4 and X11: 3 of 6 jobs finished, 2
          left running, 1 failed

        About 59 min 57 s of training left; no job is running.

        left running by runs that died; the next `sweep run` continues them
          EEGNet      ReLU      ▁▃█▆       4/1201  best 87.22 %  5f3dd3b0eeb6  run 7
          EEGNet      ELU                  0/1201  885b798fac62  run 7

        no run is active
        "#);
        assert_snapshot!(Overview::default().text(100, Blocks::Unicode), @"
        no sweep is recorded

        no run is active
        ");
    }
}

//! The report in one file: what it holds, and how large it gets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::collections::HashMap;

use scene::*;
use sweep_job::{
    DataSetRecord, EpochMetrics, Evidence, FailureReason, JobId, JobRecord, JobStatus, LossKind, ModelKind,
    ProcessIdentity, RunDetails, RunId, RunLife, RunRecord, Score, SweepId, SweepRecord,
};
use sweep_random::{Draws, Purpose, Stream};
use sweep_report::{
    page::{Page, is_page, page_report},
    study::StudyOptions,
};

const TRAIN: u32 = 864;
const VALIDATION: u32 = 216;
const TEST: u32 = 540;

fn data() -> DataSetRecord {
    DataSetRecord {
        train_trials: TRAIN,
        validation_trials: VALIDATION,
        ..data_set((0..TEST).map(|trial| trial % 2).collect())
    }
}

/// Curves as trainings have them: they rise, and then waver from epoch to epoch and over tens of epochs.
fn curve(job: &JobRecord, ceiling: f64) -> Vec<EpochMetrics> {
    let mut draws = Stream::new(job.spec.seed, Purpose::Synthetic, 0, ceiling.to_bits() as u32).draws();
    let mut slow = 0.0;
    let metrics = |number: u32| {
        let risen = 1.0 - (-f64::from(number) / 150.0).exp();
        slow = 0.95 * slow + 0.003 * draws.normal();
        let score = |top: f64, trials: u32, draws: &mut Draws| {
            let share = 0.5 + (top - 0.5) * risen + slow + 0.015 * draws.normal();
            let accuracy = (share.clamp(0.0, 1.0) * f64::from(trials)).round() / f64::from(trials);
            Score { loss: 0.5, accuracy }
        };
        EpochMetrics {
            train: score(0.97, TRAIN, &mut draws),
            validation: Some(score(ceiling, VALIDATION, &mut draws)),
            test: score(ceiling, TEST, &mut draws),
            ..epoch(number, 0.5, None)
        }
    };
    (1..=job.spec.epochs).map(metrics).collect()
}

/// A finished job with its curve.
fn trained(
    model: ModelKind,
    learning_rate: f64,
    seed: u64,
    epochs: u32,
    ceiling: f64,
) -> (JobRecord, Vec<EpochMetrics>) {
    let mut spec = spec(model, RELU);
    (spec.learning_rate, spec.seed, spec.epochs) = (learning_rate, seed, epochs);
    let mut job = finished(spec, 0.5, 1);
    let curve = curve(&job, ceiling);
    let chosen = |beats: fn(&EpochMetrics, Option<&EpochMetrics>) -> bool| {
        curve.iter().fold(None, |best, epoch| if beats(epoch, best) { Some(epoch) } else { best }).copied()
    };
    job.best = chosen(EpochMetrics::beats_on_test);
    job.selected = chosen(EpochMetrics::beats_on_validation);
    job.last = curve.last().copied();
    (job, curve)
}

fn evidence(jobs: Vec<(JobRecord, Vec<EpochMetrics>)>) -> Evidence {
    let mut evidence = Evidence { tail_epochs: 10, ..Evidence::default() };
    evidence.data_sets.insert(bci3b().identity, data());
    for (job, curve) in jobs {
        if !curve.is_empty() {
            evidence.curves.insert(job.id, curve);
        }
        evidence.jobs.push(job);
    }
    evidence
}

fn sweep() -> SweepRecord {
    SweepRecord {
        id: SweepId(1),
        name: "lab2".into(),
        data: bci3b().identity,
        file_text: "name = \"lab2\" # </pre><script>\n".into(),
        command_line: "sweep run sweeps/lab2.toml".into(),
        created_at: "2026-03-01T12:00:00.000Z".into(),
        last_run_at: "2026-03-02T12:00:00.000Z".into(),
        jobs: 4,
        finished_jobs: 2,
    }
}

fn run(commit: &str) -> RunRecord {
    RunRecord {
        id: RunId(7),
        process: ProcessIdentity { host: "lab".into(), boot_id: None, process: 1, process_started: None },
        details: RunDetails {
            command_line: "sweep run sweeps/lab2.toml --workers 2".into(),
            program_version: "0.1.0".into(),
            git_commit: Some(commit.into()),
            compiler: "rustc 1.95.0".into(),
            target: "x86_64-unknown-linux-gnu".into(),
            features: String::new(),
        },
        started_at: "2026-03-01T12:00:00.000Z".into(),
        ended_at: None,
        life: RunLife::Ended,
        jobs: 0,
    }
}

fn page(evidence: &Evidence, runs: &HashMap<JobId, RunRecord>) -> String {
    let page = Page {
        evidence,
        study: &StudyOptions::default(),
        notes: &[],
        sweep: Some("lab2"),
        sweeps: &[sweep()],
        runs,
        database: "results.db",
        made_at: "2026-03-03T12:00:00",
        made_by: &run("0123abcd").details,
    };
    let mut out = Vec::new();
    page_report(&page, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What a reader sees of a part, a line an element.
fn words(page: &str, from: &str, to: &str) -> String {
    let part = page.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let mut text = String::new();
    let mut is_tag = true;
    for character in part.chars() {
        match character {
            '<' => {
                is_tag = true;
                text.push(' ');
            }
            '>' => is_tag = false,
            character if !is_tag => text.push(character),
            _ => {}
        }
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_hundred_jobs_of_the_lab_fit_into_two_megabytes() {
    let jobs = (0..100_u32).map(|place| {
        let model = ModelKind::ALL[place as usize % 2];
        trained(model, 1e-3 * f64::from(1 + place / 10), u64::from(place / 2 % 5), 1201, 0.85)
    });
    let page = page(&evidence(jobs.collect()), &HashMap::new());
    let curves: usize = page
        .split("<script type=\"application/json\">")
        .skip(1)
        .map(|rest| rest.split("</script>").next().unwrap().len())
        .sum();
    println!("{} bytes, of which curves {curves}", page.len());
    assert!(page.len() < 2_000_000, "{} bytes, of which curves {curves}", page.len());
    assert!(curves > 100 * 3 * 1201, "{curves}");
}

#[test]
fn as_many_settings_fit_too() {
    let jobs = (0..100).map(|place| trained(ModelKind::EegNet, 1e-4 * f64::from(1 + place), 0, 1201, 0.85));
    let page = page(&evidence(jobs.collect()), &HashMap::new());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(page.contains("Showing the 12 of 100 settings with the highest accuracy"), "{}", page.len());
}

#[test]
fn settings_that_are_not_compared_are_not_said_to_be_equal() {
    let jobs = (0..201).map(|place| trained(ModelKind::EegNet, 1e-4 * f64::from(1 + place), 0, 2, 0.85));
    let page = page(&evidence(jobs.collect()), &HashMap::new());
    assert!(page.contains("201 settings are too many to compare in pairs."), "{}", page.len());
    assert!(!page.contains("within noise"), "{}", page.len());
}

/// Two settings that learn, one that guesses, one that diverged and one that waits.
fn mixed() -> Evidence {
    let rising = |job: &mut (JobRecord, Vec<EpochMetrics>)| {
        for epoch in &mut job.1 {
            epoch.validation = Some(Score { loss: 0.5, accuracy: 0.5 + 0.3 * f64::from(epoch.epoch) / 60.0 });
        }
    };
    let mut jobs =
        vec![trained(ModelKind::EegNet, 1e-3, 0, 60, 0.9), trained(ModelKind::DeepConvNet, 1e-3, 0, 60, 0.8)];
    rising(&mut jobs[1]);
    jobs.push(trained(ModelKind::EegNet, 1.0, 0, 60, 0.5));
    let mut diverged = trained(ModelKind::EegNet, 0.1, 0, 60, 0.5).0;
    diverged.status = JobStatus::Failed(FailureReason::Diverged { epoch: 3, step: 7, loss: LossKind::Train });
    let mut spec = spec(ModelKind::EegNet, ELU);
    spec.epochs = 60;
    jobs.extend([(diverged, Vec::new()), (queued(spec), Vec::new())]);
    evidence(jobs)
}

#[test]
fn a_page_warns_and_says_how_it_came_about() {
    let evidence = mixed();
    let runs = HashMap::from([
        (evidence.jobs[0].id, run("0123abcd-dirty")),
        (evidence.jobs[1].id, run("0123abcd-dirty")),
    ]);
    let page = page(&evidence, &runs);
    assert!(is_page(page.as_bytes()) && !is_page(b"<!DOCTYPE html>\n<html lang=\"en\">\n"));
    let text = [
        words(&page, "<body>", "<nav"),
        words(&page, "<h2 id=\"part-1\"", "<div id=\"best-1\">"),
        words(&page, "<h2 id=\"made\"", "</main>"),
    ];
    insta::assert_snapshot!(text.join("\n---\n"));

    // Tables scroll by the keyboard too, every heading has words, and each warning belongs to a part.
    assert!(
        page.contains("<div class=\"scroll\" tabindex=\"0\"") && !page.contains("<div class=\"scroll\">")
    );
    let is_empty = |head: &str| head.split_once('>').is_some_and(|(_, rest)| rest.starts_with("</th>"));
    assert!(!page.split("<th").any(is_empty));
    for label in ["warnings-1 part-1", "made-warnings made"] {
        assert!(
            page.contains(&format!("<section class=\"warnings\" aria-labelledby=\"{label}\">")),
            "{label}"
        );
    }
}

#[test]
fn a_sweep_file_stands_there_once() {
    let evidence = mixed();
    let again = |id, seed| SweepRecord {
        id: SweepId(id),
        command_line: format!("sweep run sweeps/lab2.toml --set seed={seed}"),
        ..sweep()
    };
    let other = SweepRecord { id: SweepId(4), file_text: "name = \"lab2\" # other\n".into(), ..sweep() };
    let sweeps = [sweep(), again(2, 1), again(3, 2), other];
    let made_by = run("0123abcd").details;
    let page = Page {
        evidence: &evidence,
        study: &StudyOptions::default(),
        notes: &[],
        sweep: Some("lab2"),
        sweeps: &sweeps,
        runs: &HashMap::new(),
        database: "results.db",
        made_at: "2026-03-03T12:00:00",
        made_by: &made_by,
    };
    let mut out = Vec::new();
    page_report(&page, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert_eq!(page.matches("aria-label=\"The sweep file of lab2\"").count(), 2);
    assert!(page.contains("--set seed=1") && page.contains("--set seed=2"));
    assert_eq!(page.matches("Save the sweep file of").count(), 2);
    assert_eq!(page.matches("each of the commands above").count(), 1);
}

#[test]
fn a_long_table_of_jobs_says_how_long_it_is() {
    let jobs = |count: u32| {
        (0..count).map(|place| trained(ModelKind::EegNet, 1e-3, place.into(), 2, 0.85)).collect()
    };
    let words = "32 jobs: scroll within this box to see all of them.";
    assert!(page(&evidence(jobs(32)), &HashMap::new()).contains(words));
    assert!(!page(&evidence(jobs(4)), &HashMap::new()).contains("scroll within this box"));
}

#[test]
fn nothing_is_loaded_and_nothing_breaks_out() {
    let page = page(&mixed(), &HashMap::new());
    // The two own scripts, and the data of two figures.
    assert_eq!(page.matches("<script").count(), 3, "{}", page.len());
    assert_eq!(page.matches("</script>").count(), 3);
    assert!(
        page.contains("# &lt;/pre&gt;&lt;script&gt;") || page.contains("# &#60;/pre&#62;&#60;script&#62;")
    );
    for bad in ["src=", "href=\"http", "@import", "url(", " style=\"", " onclick=", "javascript:"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
}

#[test]
fn a_page_without_jobs_says_so() {
    let page = page(&Evidence::default(), &HashMap::new());
    assert!(page.contains("0 jobs"), "{page}");
}

//! Studies over seeds, as people and programs see them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;
use scene::*;
use sweep_job::{Activation, DataSetRecord, Evidence, JobRecord, ModelKind, Predictions, SnapshotKind};
use sweep_report::{
    Format, ReportOptions, best_report, jobs_report,
    study::{Axis, Reading, Repeats, StudyOptions, StudyTable, left_out, study_report, wavering_jobs},
    top_jobs,
};

const TRIALS: usize = 200;

/// Two classes that alternate, of ten subjects.
fn data() -> DataSetRecord {
    DataSetRecord {
        train_trials: 400,
        test_subjects: Some((0..TRIALS).map(|trial| (trial % 10) as i64).collect()),
        ..data_set((0..TRIALS).map(|trial| (trial % 2) as u32).collect())
    }
}

/// A finished job whose last epoch has all but `wrong` trials right: the last ones of the set.
fn job(model: ModelKind, activation: Activation, seed: u64, wrong: usize) -> (JobRecord, Predictions) {
    let accuracy = (TRIALS - wrong) as f64 / TRIALS as f64;
    let mut spec = spec(model, activation);
    spec.seed = seed;
    let mut job = finished(spec, accuracy + 0.02, 40);
    job.last = Some(epoch(job.spec.epochs, accuracy, None));
    let logits = (0..TRIALS).flat_map(|trial| {
        let is_first = (trial % 2 == 0) == (trial < TRIALS - wrong);
        if is_first { [1.0, 0.0] } else { [0.0, 1.0] }
    });
    (job, Predictions { classes: 2, logits: logits.collect() })
}

fn evidence(jobs: Vec<(JobRecord, Predictions)>) -> Evidence {
    let mut evidence = Evidence { tail_epochs: 10, ..Evidence::default() };
    evidence.data_sets.insert(bci3b().identity, data());
    for (job, predictions) in jobs {
        evidence.predictions.insert((job.id, SnapshotKind::Last), predictions);
        // It wavers around its last accuracy without learning anything.
        let last = job.last.unwrap().test.accuracy;
        let curve = (1..=40).map(|at| epoch(at, last + if at % 2 == 0 { 0.01 } else { -0.01 }, None));
        evidence.curves.insert(job.id, curve.collect());
        evidence.tails.insert(job.id, last);
        evidence.jobs.push(job);
    }
    evidence
}

/// Wrong trials of each of five seeds.
const RELU_WRONG: [usize; 5] = [30, 32, 28, 31, 29];
const ELU_WRONG: [usize; 5] = [50, 52, 48, 51, 49];
const LEAKY_WRONG: [usize; 5] = [31, 30, 33, 27, 28];

fn grid(model: ModelKind) -> Vec<(JobRecord, Predictions)> {
    let setting = |activation, wrong: [usize; 5]| {
        (0..5).map(move |seed| job(model, activation, seed, wrong[seed as usize]))
    };
    setting(RELU, RELU_WRONG).chain(setting(LEAKY, LEAKY_WRONG)).chain(setting(ELU, ELU_WRONG)).collect()
}

fn study(evidence: &Evidence, study: &StudyOptions, format: Format, width: usize) -> String {
    let mut out = Vec::new();
    study_report(evidence, study, &ReportOptions { format, width, ..ReportOptions::default() }, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn seeds_tell_what_is_real() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let options = StudyOptions { repeats: Repeats::Each, ..StudyOptions::default() };
    insta::assert_snapshot!("study_table", study(&evidence, &options, Format::Table, 110));
    insta::assert_snapshot!("study_markdown", study(&evidence, &options, Format::Markdown, 100));
    insta::assert_snapshot!("study_latex", study(&evidence, &options, Format::Latex, 100));
    for (name, table) in [
        ("settings", StudyTable::Settings),
        ("comparisons", StudyTable::Comparisons),
        ("effects", StudyTable::Effects),
    ] {
        let options = StudyOptions { table: Some(table), ..StudyOptions::default() };
        insta::assert_snapshot!(format!("study_{name}_csv"), study(&evidence, &options, Format::Csv, 100));
    }
}

#[test]
fn two_axes_have_effects() {
    let mut jobs = grid(ModelKind::EegNet);
    jobs.extend(grid(ModelKind::DeepConvNet));
    let options = StudyOptions { axes: vec![Axis::MODEL, Axis::ACTIVATION], ..StudyOptions::default() };
    let evidence = evidence(jobs);
    insta::assert_snapshot!("study_effects", study(&evidence, &options, Format::Table, 100));
    let options = StudyOptions { table: Some(StudyTable::Effects), ..options };
    insta::assert_snapshot!("study_effects_json", study(&evidence, &options, Format::Json, 100));
}

#[test]
fn single_jobs_are_compared_on_their_trials() {
    let jobs = vec![job(ModelKind::EegNet, RELU, 0, 30), job(ModelKind::EegNet, ELU, 0, 60)];
    let text = study(&evidence(jobs), &StudyOptions::default(), Format::Table, 100);
    insta::assert_snapshot!("study_single_jobs", text);
}

#[test]
fn two_seeds_cannot_tell_a_difference() {
    let two = |activation, wrong: [usize; 5]| {
        (0..2).map(move |seed| job(ModelKind::EegNet, activation, seed, wrong[seed as usize]))
    };
    let jobs = two(RELU, RELU_WRONG).chain(two(ELU, ELU_WRONG)).collect();
    let text = study(&evidence(jobs), &StudyOptions::default(), Format::Table, 100);
    assert!(text.contains("too few jobs to tell"), "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("no difference, however large, can reach p < 0.05; that takes 4 jobs each."),
        "{text}"
    );
}

/// All words of a text, with one space between them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The values of a column of rows for programs.
fn column(rows: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let place = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|row| row.unwrap()[place].to_owned()).collect()
}

#[test]
fn jobs_of_one_seed_are_not_called_seeds() {
    let jobs = [ModelKind::EegNet, ModelKind::DeepConvNet].into_iter().flat_map(|model| {
        [(RELU, 30), (LEAKY, 31), (ELU, 50)].map(|(activation, wrong)| job(model, activation, 0, wrong))
    });
    let evidence = evidence(jobs.collect());
    let options = StudyOptions { axes: vec![Axis::MODEL], ..StudyOptions::default() };
    let text = words(&study(&evidence, &options, Format::Table, 120));
    assert!(text.contains("model jobs accuracy"), "{text}");
    assert!(text.contains("3 jobs per row: activation ReLU, LeakyReLU, ELU."), "{text}");
    assert!(text.contains("Not repeats: the jobs of each row differ in activation."), "{text}");
    assert!(text.contains("`--by model,activation` separates them."), "{text}");
    assert!(!text.contains("seeds"), "{text}");
    let rows = study(&evidence, &options, Format::Csv, 100);
    assert_eq!(column(&rows, "jobs"), ["3", "3"]);
    assert_eq!(column(&rows, "seeds"), ["1", "1"]);
    assert_eq!(column(&rows, "varying"), ["activation", "activation"]);
    assert_eq!(left_out(&evidence, &options, None).len(), 1, "programs are warned too");

    // By seed, the jobs of a row are no seeds at all.
    let seed = Axis::named("seed").unwrap();
    let text = words(&study(&evidence, &StudyOptions { axes: vec![seed], ..options }, Format::Table, 120));
    assert!(text.contains("seed jobs accuracy"), "{text}");
    assert!(
        text.contains("6 jobs per row: model EEGNet, DeepConvNet; activation ReLU, LeakyReLU, ELU."),
        "{text}"
    );
}

#[test]
fn repeats_are_named_by_their_seeds_and_give_no_warning() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let text = words(&study(&evidence, &StudyOptions::default(), Format::Table, 120));
    assert!(text.contains("5 jobs per row: seed 0, 1, 2, 3, 4."), "{text}");
    assert!(!text.contains("Not repeats"), "{text}");
}

#[test]
fn a_rank_sum_test_is_called_one() {
    let of = |activation, wrong: usize| {
        (0..12).map(move |seed| job(ModelKind::EegNet, activation, seed, wrong + seed as usize % 5))
    };
    let evidence = evidence(of(RELU, 30).chain(of(ELU, 50)).collect());
    let options = StudyOptions { table: Some(StudyTable::Comparisons), ..StudyOptions::default() };
    let rows = study(&evidence, &options, Format::Csv, 100);
    assert_eq!(column(&rows, "test"), ["mann-whitney"]);
    assert_eq!(column(&rows, "subjects_test"), ["signed-rank"]);
    let least: f64 = column(&rows, "least_p_value")[0].parse().unwrap();
    // scipy.stats.mannwhitneyu(range(12), range(12, 24), method="asymptotic").pvalue
    assert!((least - 3.6584553538971e-05).abs() < 1e-12, "{least:e}");
    let text = words(&study(&evidence, &options, Format::Table, 100));
    assert!(text.contains("Mann and Whitney's rank-sum test of the jobs of both settings"), "{text}");
    assert!(!text.contains("a permutation test of the jobs"), "{text}");
}

#[test]
fn few_subjects_get_no_p_value() {
    let mut evidence = evidence(grid(ModelKind::EegNet));
    let options = StudyOptions { table: Some(StudyTable::Comparisons), ..StudyOptions::default() };
    for subjects in [1, 5] {
        let of_trials = (0..TRIALS).map(|trial| (trial % subjects) as i64).collect();
        evidence.data_sets.get_mut(&bci3b().identity).unwrap().test_subjects = Some(of_trials);
        let text = words(&study(&evidence, &options, Format::Table, 120));
        assert!(
            text.contains("p (subjects) is not given: it needs a test set of at least 6 subjects"),
            "{text}"
        );
        assert_eq!(text.matches(" - ").count(), 3, "{text}");
        let rows = study(&evidence, &options, Format::Csv, 100);
        assert_eq!(column(&rows, "subjects_test"), ["none"; 3]);
        assert_eq!(column(&rows, "subjects_p_value"), [""; 3]);
        assert_eq!(column(&rows, "subjects_verdict"), ["cannot-tell"; 3]);
    }
}

#[test]
fn equal_accuracies_have_no_interval() {
    let jobs = (0..2).map(|seed| job(ModelKind::EegNet, RELU, seed, 70)).collect();
    let evidence = evidence(jobs);
    let text = words(&study(&evidence, &StudyOptions::default(), Format::Table, 120));
    assert!(text.contains("65.00 ± 0.00 % 65.0 to 65.0 % - "), "{text}");
    assert!(text.contains("A row whose jobs all have the same accuracy has none"), "{text}");
    let rows = study(&evidence, &StudyOptions::default(), Format::Csv, 100);
    assert_eq!((column(&rows, "low"), column(&rows, "high")), (vec![String::new()], vec![String::new()]));
}

#[test]
fn a_test_set_of_one_class_is_said_to_be_one() {
    let mut evidence = evidence(vec![job(ModelKind::EegNet, RELU, 0, 30)]);
    let labels = |evidence: &mut Evidence, labels: Vec<u32>| {
        evidence.data_sets.get_mut(&bci3b().identity).unwrap().test_labels = labels;
    };
    labels(&mut evidence, vec![1; TRIALS]);
    let text = words(&study(&evidence, &StudyOptions::default(), Format::Table, 120));
    assert!(
        text.contains("All test trials are of one class: always naming it is right every time"),
        "{text}"
    );
    labels(&mut evidence, vec![0, 1, 1, 0]);
    let text = words(&study(&evidence, &StudyOptions::default(), Format::Table, 120));
    assert!(text.contains("With only 4 trials, no accuracy is better than that at p < 0.05."), "{text}");
}

#[test]
fn levels_ascend_and_noise_is_told_apart() {
    let jobs = [0.25, 0.0, 0.5].into_iter().flat_map(|dropout| {
        [1e-2, 1e-3].into_iter().map(move |rate| {
            let (mut job, predictions) = job(ModelKind::EegNet, RELU, 0, 30 + (dropout * 20.0) as usize);
            (job.spec.dropout, job.spec.learning_rate) = (dropout, rate);
            (job, predictions)
        })
    });
    let evidence = evidence(jobs.collect());
    let effects = StudyOptions { table: Some(StudyTable::Effects), ..StudyOptions::default() };
    let rows = study(&evidence, &effects, Format::Csv, 100);
    assert_eq!(column(&rows, "level"), ["0.001", "0.01", "0.0", "0.25", "0.5"]);
    let text = words(&study(&evidence, &effects, Format::Table, 100));
    assert!(text.contains("explains by chance"), "{text}");
    // (levels - 1) / (jobs - 1) = 2 / 5, of an axis that explains all.
    assert!(text.contains("100 % 40 %"), "{text}");
    assert!(!text.contains("Differences between settings") && !text.contains("range"), "{text}");
}

#[test]
fn only_the_table_that_is_wanted_is_printed() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let of = |table| study(&evidence, &StudyOptions { table, ..StudyOptions::default() }, Format::Table, 120);
    let all = of(None);
    let settings = of(Some(StudyTable::Settings));
    let comparisons = of(Some(StudyTable::Comparisons));
    assert!(all.contains("Differences between settings") && all.contains("95 % interval"), "{all}");
    assert!(
        !settings.contains("Differences between settings") && settings.contains("95 % interval"),
        "{settings}"
    );
    assert!(
        comparisons.contains("Differences between settings") && !comparisons.contains("95 % interval"),
        "{comparisons}"
    );
    assert!(of(Some(StudyTable::Effects)).contains("Fewer than two axes vary"));
}

#[test]
fn a_mean_is_over_no_more_epochs_than_there_are() {
    let mut evidence = evidence(grid(ModelKind::EegNet));
    for job in &mut evidence.jobs {
        job.epochs_finished = 2;
    }
    let mut out = Vec::new();
    best_report(&evidence, &ReportOptions::default(), &mut out).unwrap();
    let best = words(&String::from_utf8(out).unwrap());
    assert!(best.contains("mean of last 2"), "{best}");
    let options = StudyOptions { reading: Some(Reading::MeanLast), ..StudyOptions::default() };
    let text = words(&study(&evidence, &options, Format::Table, 120));
    assert!(text.contains("in the mean of the last 2 epochs"), "{text}");
    evidence.jobs[0].epochs_finished = 40;
    let text = words(&study(&evidence, &options, Format::Table, 120));
    assert!(text.contains("in the mean of the last 2 to 10 epochs"), "{text}");
}

#[test]
fn narrow_terminals_break_no_word() {
    let evidence =
        evidence(grid(ModelKind::EegNet).into_iter().chain(grid(ModelKind::DeepConvNet)).collect());
    for width in [60, 80] {
        let text = study(&evidence, &StudyOptions::default(), Format::Table, width);
        for word in ["(subjects)", "DeepConvNet,", "difference", "LeakyReLU"] {
            assert!(text.contains(word), "{word} is broken at {width}: {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
    }
}

#[test]
fn what_is_missing_is_left_out() {
    let mut jobs: Vec<_> = grid(ModelKind::EegNet).into_iter().map(|(job, _)| job).collect();
    jobs[0] = queued(jobs[0].spec.clone());
    let evidence = Evidence { jobs, ..Evidence::default() };
    insta::assert_snapshot!(
        "study_little_evidence",
        study(&evidence, &StudyOptions::default(), Format::Table, 60)
    );
    let options = StudyOptions { reading: Some(Reading::Selected), ..StudyOptions::default() };
    let text = study(&evidence, &options, Format::Table, 100);
    assert!(!text.contains("Differences"), "{text}");
    assert_eq!(study(&Evidence::default(), &StudyOptions::default(), Format::Table, 100), "");
}

#[test]
fn the_table_of_the_lab_has_every_reading_beside_it() {
    let mut out = Vec::new();
    best_report(&evidence(grid(ModelKind::EegNet)), &ReportOptions::default(), &mut out).unwrap();
    insta::assert_snapshot!("best_with_readings", String::from_utf8(out).unwrap());
}

#[test]
fn the_best_settings_are_shown_with_the_warning_that_they_were_chosen() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let options = StudyOptions { top: Some(2), ..StudyOptions::default() };
    insta::assert_snapshot!("study_top", study(&evidence, &options, Format::Table, 100));
    assert_eq!(left_out(&evidence, &options, None).len(), 1);
    let all = StudyOptions { top: Some(9), table: Some(StudyTable::Comparisons), ..StudyOptions::default() };
    assert_eq!(study(&evidence, &all, Format::Csv, 100).lines().count(), 1 + 3);
    let two = StudyOptions { top: Some(2), ..all };
    assert_eq!(study(&evidence, &two, Format::Csv, 100).lines().count(), 1 + 1);
}

#[test]
fn too_many_settings_are_not_compared() {
    let jobs = (0..201).map(|place| {
        let mut spec = spec(ModelKind::EegNet, RELU);
        spec.learning_rate = 1e-4 * f64::from(place + 1);
        finished(spec, 0.5 + f64::from(place) / 1000.0, 40)
    });
    let evidence = Evidence { jobs: jobs.collect(), ..Evidence::default() };
    let options = StudyOptions { top: Some(3), ..StudyOptions::default() };
    insta::assert_snapshot!("study_many", study(&evidence, &options, Format::Table, 100));
    let options = StudyOptions { table: Some(StudyTable::Comparisons), ..StudyOptions::default() };
    let text = study(&evidence, &options, Format::Table, 200);
    assert!(text.contains("201 settings are too many to compare in pairs"), "{text}");
    assert!(!text.contains("no two settings"), "{text}");
}

#[test]
fn the_best_jobs_come_first_with_the_warning_that_they_were_chosen() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let top = top_jobs(&evidence, None, 3);
    let accuracies: Vec<f64> = top.jobs.iter().map(|job| job.last.unwrap().test.accuracy).collect();
    assert_eq!(accuracies, [0.865, 0.86, 0.86]);
    let mut out = Vec::new();
    let options = ReportOptions { notes: vec![top.note], ..ReportOptions::default() };
    jobs_report(&top.jobs, &options, &mut out).unwrap();
    insta::assert_snapshot!("top_jobs", String::from_utf8(out).unwrap());
    let all = top_jobs(&evidence, Some(Reading::Best), 99);
    assert_eq!(all.jobs.len(), 15);
    assert!(all.note.starts_with("All 15 jobs that are finished"), "{}", all.note);
}

#[test]
fn noise_is_looked_for_where_seeds_fill_a_cell() {
    let jobs =
        |count: u64| (0..count).map(|seed| job(ModelKind::EegNet, RELU, seed, 30).0).collect::<Vec<_>>();
    assert_eq!(wavering_jobs(&jobs(30)).len(), 30);
    assert_eq!(wavering_jobs(&jobs(31)), []);
    assert_eq!(wavering_jobs(&[queued(spec(ModelKind::EegNet, RELU))]), []);
}

#[test]
fn a_rise_is_not_explained_by_noise() {
    let mut evidence = evidence(grid(ModelKind::EegNet));
    let best = |evidence: &Evidence| {
        let mut out = Vec::new();
        best_report(evidence, &ReportOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!best(&evidence).contains("rise"));
    // Three of the five ReLU jobs learn to the end: by 0.4 points an epoch.
    for job in &evidence.jobs[..3] {
        for epoch in evidence.curves.get_mut(&job.id).unwrap() {
            epoch.test.accuracy += 0.004 * (f64::from(epoch.epoch) - 40.0);
        }
    }
    let text = best(&evidence);
    let row = text.split("EEGNet ReLU 87.00").nth(1).unwrap().split("EEGNet").next().unwrap();
    assert!(row.contains("up to") && !row.contains("all of it"), "{row}");
    assert!(text.contains("3 of 15 curves still rise in the last half"), "{text}");
}

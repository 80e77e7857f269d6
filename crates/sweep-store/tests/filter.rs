//! The language of filters: what each form matches.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use proptest::{prelude::*, sample::select};
use scene::*;
use sweep_job::{Activation, FailureReason, JobEvent, JobSpec, ModelKind, Optimizer, Value};
use sweep_store::{Column, ColumnKind, Filter, JobSelection, Reader, Store};

/// Seven jobs by seed: 0 finished, 1 failed, 2 interrupted, 3 waits with SGD, 4 and 5 wait with LeakyReLU and ELU, 6 waits in the sweep
/// `other` alone; 0 is in both.
fn populated() -> Scene {
    let scene = Scene::new();
    let eegnet = |seed| JobSpec { seed, ..spec(ModelKind::EegNet, Activation::Relu) };
    let sgd = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    let jobs = [
        planned(eegnet(0)),
        planned(eegnet(1)),
        planned(JobSpec { model: ModelKind::DeepConvNet, ..eegnet(2) }),
        planned(JobSpec { optimizer: sgd, learning_rate: 0.1, ..eegnet(3) }),
        planned(JobSpec { activation: Activation::LeakyRelu { slope: 0.01 }, ..eegnet(4) }),
        planned(JobSpec { activation: Activation::Elu { alpha: 1.0 }, ..eegnet(5) }),
        planned(JobSpec { epochs: 5, ..eegnet(6) }),
    ];
    let mut store = scene.with_sweep(&jobs[..6]);
    store.record_sweep(&entry("other"), &identity(), &[jobs[0].clone(), jobs[6].clone()]).unwrap();
    live(&mut store, &jobs[0].id, &life());
    let failed = JobEvent::Failed(FailureReason::Error { message: "out of Memory, 100% sure".into() });
    live(&mut store, &jobs[1].id, &[started(), epoch(1, Some(0.5), 0.5), failed]);
    live(&mut store, &jobs[2].id, &[started(), epoch(1, Some(0.5), 0.25), JobEvent::Interrupted]);
    scene
}

/// The seeds of the jobs that match.
fn seeds_of(reader: &Reader, filter: &str) -> Vec<u64> {
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{error}"));
    let jobs = reader.jobs(JobSelection::All.matching(Some(&filter))).unwrap();
    jobs.iter().map(|job| job.spec.seed).collect()
}

fn check(reader: &Reader, expected: &[(&str, &[u64])]) {
    for (filter, seeds) in expected {
        assert_eq!(seeds_of(reader, filter), *seeds, "{filter}");
    }
}

#[test]
fn every_form_matches_what_it_says() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    check(
        &reader,
        &[
            ("model = 'eegnet'", &[0, 1, 3, 4, 5, 6]),
            ("MODEL == \"EEGNet\" AND seed<=1", &[0, 1]),
            ("model != 'eegnet'", &[2]),
            ("model <> 'eegnet' or seed = 3", &[2, 3]),
            ("not model = 'eegnet'", &[2]),
            ("seed in (1, 3, 99)", &[1, 3]),
            ("seed not in (1, 3, 99)", &[0, 2, 4, 5, 6]),
            ("activation in ('elu', 'leaky_relu')", &[4, 5]),
            // `and` binds closer than `or`, `not` closer than both.
            ("seed = 0 or seed = 1 and model = 'deepconvnet'", &[0]),
            ("(seed = 0 or seed = 1) and model = 'eegnet'", &[0, 1]),
            ("not seed = 0 and not (seed = 1 or seed > 3)", &[2, 3]),
            ("not not seed = 0", &[0]),
            ("learning_rate > 1e-2", &[3]),
            ("learning_rate = .001 and seed < +2", &[0, 1]),
            ("epochs >= 5e0", &[6]),
            ("best_test_accuracy > 0.5", &[0]),
            ("best_test_accuracy >= 50%", &[0, 1]),
            ("last_test_accuracy < 25.5%", &[2]),
            ("last_test_accuracy < best_test_accuracy", &[0]),
            ("last_test_accuracy = best_test_accuracy", &[1, 2]),
            ("epochs_finished < epochs and attempts > 0", &[1, 2]),
            ("nesterov = true", &[3]),
            ("shuffle = false", &[]),
            ("status = 'queued' and attempts = 1", &[2]),
            ("status in ('finished', 'failed')", &[0, 1]),
            ("reason ~ 'MEMORY'", &[1]),
            ("reason ~ '%'", &[1]),
            ("reason like 'of'", &[]),
            ("reason like '%OUT of%'", &[1]),
        ],
    );
}

#[test]
fn a_missing_value_matches_neither_a_comparison_nor_its_opposite() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    check(
        &reader,
        &[
            ("slope = 0.01", &[4]),
            ("slope != 0.01", &[]),
            ("slope != 0.5", &[4]),
            ("not slope = 0.01", &[]),
            ("not (slope != 0.01)", &[4]),
            ("not slope > 0.5", &[4]),
            ("not slope > 0", &[]),
            ("slope not in (0.5, 1)", &[4]),
            ("not (slope in (0.5, 1))", &[4]),
            // What is missing is asked for by its name.
            ("slope is null", &[0, 1, 2, 3, 5, 6]),
            ("not (slope is not null)", &[0, 1, 2, 3, 5, 6]),
            ("slope != 0.01 or slope is null", &[0, 1, 2, 3, 5, 6]),
            ("slope is null and alpha is null", &[0, 1, 2, 3, 6]),
            ("alpha not in (2)", &[5]),
            // The other condition may decide.
            ("not (slope = 0.01 and seed < 4)", &[4, 5, 6]),
            ("slope = 0.01 or seed < 1", &[0, 4]),
            ("not (best_test_accuracy > 50% and seed < 9)", &[1, 2]),
            ("nesterov != true", &[]),
            ("nesterov != false", &[3]),
            ("reason not ~ 'memory'", &[]),
            ("reason not ~ 'disk'", &[1]),
            ("host is not null and not (reason like '%out of%')", &[]),
            ("finished_at <= '9999'", &[0, 1]),
            ("not finished_at <= '9999'", &[]),
        ],
    );
}

#[test]
fn sweeps_are_asked_for_one_by_one() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    check(
        &reader,
        &[
            ("sweep = 'other'", &[0, 6]),
            ("sweep != 'other'", &[1, 2, 3, 4, 5]),
            ("sweep = 'lab2' and sweep = 'other'", &[0]),
            ("sweep in ('other', 'none')", &[0, 6]),
            ("sweep ~ 'LAB' and not sweep like 'oth%'", &[1, 2, 3, 4, 5]),
            ("sweeps = 'lab2, other'", &[0]),
        ],
    );
}

#[test]
fn ids_may_be_cut_and_times_are_what_they_span() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let all = reader.jobs(JobSelection::All).unwrap();
    for job in &all {
        for id in [job.id.to_string(), job.id.short(), job.id.short().to_uppercase()] {
            assert_eq!(seeds_of(&reader, &format!("job_id = '{id}'")), [job.spec.seed]);
            assert_eq!(seeds_of(&reader, &format!("job_id not in ('{id}')")).len(), all.len() - 1);
        }
    }
    assert_eq!(seeds_of(&reader, "data_identity = 'abAB'").len(), all.len());
    assert!(seeds_of(&reader, "data_title != data_title or data_title = host").is_empty());
    assert!(seeds_of(&reader, "data_title is null or data_set in ('npz', 'bci3b')").is_empty());
    assert_eq!(seeds_of(&reader, "data_title ~ 'IMAGERY' and not data_set = 'npz'").len(), all.len());
    assert_eq!(seeds_of(&reader, "data_identity = 'aba' and data_identity != 'b'").len(), all.len());
    rusqlite::Connection::open(scene.path())
        .unwrap()
        .execute_batch("UPDATE job SET created_at = '2026-03-0' || (seed + 1) || 'T12:30:15.250Z'")
        .unwrap();
    check(
        &reader,
        &[
            ("created_at = '2026-03-02'", &[1]),
            ("created_at > '2026-03-06'", &[6]),
            ("created_at >= '2026-03-06'", &[5, 6]),
            ("created_at < '2026-03-02'", &[0]),
            ("created_at <= '2026-03-02'", &[0, 1]),
            ("created_at in ('2026-03-02T12:30', '2026-03-03 12:31')", &[1]),
            ("created_at != '2026'", &[]),
            ("created_at = '2026-03-02T12:30:15.250Z'", &[1]),
            ("created_at > '2026-03-07T12:30:15'", &[]),
            ("created_at > '2026-03-07T12:30:15.249'", &[6]),
            ("finished_at <= '9999'", &[0, 1]),
            ("finished_at >= started_at", &[0, 1]),
        ],
    );
}

#[test]
fn a_filter_narrows_every_selection() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let filter = Filter::parse("seed in (0, 3, 6)").unwrap();
    let seeds = |selection: JobSelection<'_>| -> Vec<u64> {
        let jobs = reader.jobs(selection.matching(Some(&filter))).unwrap();
        jobs.iter().map(|job| job.spec.seed).collect()
    };
    assert_eq!(seeds(JobSelection::Named("lab2")), [0, 3]);
    assert_eq!(seeds(JobSelection::Sweep(reader.sweeps().unwrap()[1].id)), [0, 6]);
    let first = reader.jobs(JobSelection::Named("lab2").matching(Some(&filter))).unwrap()[0].id;
    assert_eq!(seeds(JobSelection::Job(first)), [0]);
    // A sweep of which nothing matches is not one that is not there.
    let none = Filter::parse("seed > 99").unwrap();
    assert_eq!(reader.jobs(JobSelection::Named("lab2").matching(Some(&none))).unwrap(), []);
    assert!(reader.jobs(JobSelection::Named("lab3").matching(Some(&none))).is_err());
}

/// A comparison of any column, with a value that some job may have.
fn comparison() -> impl Strategy<Value = String> {
    let columns: Vec<Column> = Column::all().collect();
    let signs = select(vec!["=", "!=", "<", "<=", ">", ">="]);
    (select(columns), signs, 0..6u32, 0..4u32).prop_map(|(column, sign, number, form)| {
        let name = column.name();
        if form == 0 {
            return format!("{name} is {}null", if number % 2 == 0 { "not " } else { "" });
        }
        let (value, has_order) = match column.kind() {
            ColumnKind::Name(names) => {
                (format!("'{}'", names.all()[number as usize % names.all().len()]), false)
            }
            ColumnKind::Text if number % 2 == 0 => return format!("{name} ~ '{}'", number / 2),
            ColumnKind::Text => ("'cpu'".to_owned(), false),
            ColumnKind::Digits => (format!("'{number}'"), false),
            ColumnKind::Time => (format!("'202{number}'"), true),
            ColumnKind::Integer | ColumnKind::Real => (number.to_string(), true),
            ColumnKind::Accuracy => (format!("{}%", number * 20), true),
            ColumnKind::Truth => ((number % 2 == 0).to_string(), false),
        };
        match (form, has_order, sign) {
            (1, ..) => format!("{name} in ({value}, {value})"),
            (_, true, sign) | (_, false, sign @ ("=" | "!=")) => format!("{name} {sign} {value}"),
            _ => format!("{name} = {value}"),
        }
    })
}

fn condition() -> impl Strategy<Value = String> {
    comparison().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("not ({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} and {other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one}) or ({other})")),
        ]
    })
}

#[test]
fn conditions_are_joined_as_their_words_say() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let among = |keep: &dyn Fn(&u64) -> bool| (0..7).filter(|seed| keep(seed)).collect::<Vec<_>>();
    proptest!(ProptestConfig::with_cases(400), |(one in condition(), other in condition())| {
        let (ones, others) = (seeds_of(&reader, &one), seeds_of(&reader, &other));
        let not = seeds_of(&reader, &format!("not ({one})"));
        prop_assert!(not.iter().all(|seed| !ones.contains(seed)), "{}", &one);
        prop_assert_eq!(seeds_of(&reader, &format!("not (not ({one}))")), &ones[..]);
        let and = seeds_of(&reader, &format!("({one}) and ({other})"));
        prop_assert_eq!(and, among(&|seed| ones.contains(seed) && others.contains(seed)));
        let or = seeds_of(&reader, &format!("({one}) or ({other})"));
        prop_assert_eq!(or, among(&|seed| ones.contains(seed) || others.contains(seed)));
    });
}

/// A comparison that SQL has in the same words.
fn plain_comparison() -> impl Strategy<Value = String> {
    let is_plain = |column: &Column| !matches!(column.kind(), ColumnKind::Digits | ColumnKind::Time);
    let columns: Vec<Column> = Column::all().filter(is_plain).collect();
    let signs = select(vec!["=", "!=", "<", "<=", ">", ">="]);
    (select(columns), signs, 0..6u32, 0..5u32).prop_map(|(column, sign, number, form)| {
        let name = column.name();
        let not = if number % 2 == 0 { "not " } else { "" };
        let (value, has_order) = match column.kind() {
            ColumnKind::Name(names) => {
                (format!("'{}'", names.all()[number as usize % names.all().len()]), false)
            }
            ColumnKind::Text => ("'cpu'".to_owned(), false),
            ColumnKind::Truth => ((number % 2 == 0).to_string(), false),
            ColumnKind::Accuracy => (format!("{}", f64::from(number) * 0.2), true),
            _ => (number.to_string(), true),
        };
        let is_text = matches!(column.kind(), ColumnKind::Text | ColumnKind::Name(_));
        match (form, has_order, sign) {
            (0, ..) => format!("{name} is {not}null"),
            (1, ..) => format!("{name} {not}in ({value}, {value})"),
            (2, ..) if is_text => format!("{name} {not}like '%e%'"),
            (_, true, sign) | (_, false, sign @ ("=" | "!=")) => format!("{name} {sign} {value}"),
            _ => format!("{name} = {value}"),
        }
    })
}

#[test]
fn a_filter_means_what_it_means_in_sql() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let condition = plain_comparison().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("not ({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} and {other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one}) or ({other})")),
        ]
    });
    proptest!(ProptestConfig::with_cases(200), |(filter in condition)| {
        let query = format!("SELECT seed FROM trials WHERE {filter} ORDER BY seed");
        let rows = sweep_store::sql(&scene.path(), &query).unwrap().rows;
        let seeds = rows.iter().map(|row| match row[0] {
            Value::Integer(seed) => seed as u64,
            _ => panic!("{row:?}"),
        });
        prop_assert_eq!(seeds_of(&reader, &filter), seeds.collect::<Vec<_>>(), "{}", &filter);
    });
}

//! A comparison of two jobs as a row for programs. Accuracies are shares from 0 to 1, differences those of the second less the first.

use sweep_job::{QueryTable, Value};

use super::{
    pair::{Pair, Shared},
    verdict::better,
};
use crate::machine::real;

/// One row; what is not known is null.
pub(super) fn row(pair: &Pair<'_>) -> QueryTable {
    let [first, second] = ["first", "second"];
    let mut columns: Vec<String> = Vec::new();
    let mut row = Vec::new();
    let mut add = |name: String, value: Value| {
        columns.push(name);
        row.push(value);
    };
    for (job, name) in [first, second].into_iter().enumerate() {
        add(format!("{name}_job_id"), Value::Text(pair.views[job].job.id.to_string()));
        add(format!("{name}_data_identity"), Value::Text(pair.views[job].data.identity.0.clone()));
    }
    add("reading".to_owned(), Value::Text(pair.reading.to_string()));
    for (job, name) in [first, second].into_iter().enumerate() {
        let read = pair.readings[job].as_ref();
        let assessment = pair.assessments[job].as_ref();
        add(format!("{name}_epoch"), read.map_or(Value::Null, |read| Value::Integer(read.last_epoch.into())));
        add(format!("{name}_test_accuracy"), real(read.map(|read| read.test)));
        add(format!("{name}_train_accuracy"), real(read.map(|read| read.train)));
        add(format!("{name}_kappa"), real(assessment.and_then(|found| Some(found.kappa?.kappa))));
        add(format!("{name}_roc_auc"), real(assessment.and_then(|found| Some(found.area?.area))));
    }
    add("difference".to_owned(), real(pair.difference()));
    for (name, value) in of_trials(pair.shared.as_ref().ok()) {
        add(name.to_owned(), value);
    }
    QueryTable { columns, rows: vec![row] }
}

fn of_trials(shared: Option<&Shared>) -> [(&'static str, Value); 11] {
    let count = |count: fn(&Shared) -> u64| {
        shared.map_or(Value::Null, |shared| Value::Integer(i64::try_from(count(shared)).unwrap_or(i64::MAX)))
    };
    let number = |number: fn(&Shared) -> f64| real(shared.map(number));
    let verdict = shared.map_or("no-verdict", |shared| match better(shared) {
        Some(0) => "first-better",
        Some(_) => "second-better",
        None => "within-noise",
    });
    [
        ("difference_low", number(|shared| shared.test.interval.low)),
        ("difference_high", number(|shared| shared.test.interval.high)),
        ("test_trials", count(|shared| shared.counts.trials())),
        ("both_right", count(|shared| shared.counts.both)),
        ("only_first_right", count(|shared| shared.counts.only_first)),
        ("only_second_right", count(|shared| shared.counts.only_second)),
        ("both_wrong", count(|shared| shared.counts.neither)),
        ("p_value", number(|shared| shared.test.p_value)),
        ("subjects", shared_subjects(shared).0),
        ("subjects_p_value", shared_subjects(shared).1),
        ("verdict", Value::Text(verdict.to_owned())),
    ]
}

fn shared_subjects(shared: Option<&Shared>) -> (Value, Value) {
    match shared.and_then(|shared| shared.subjects.as_ref()) {
        Some(subjects) => {
            let all = subjects.better_by_first + subjects.better_by_second + subjects.equal;
            (Value::Integer(all as i64), Value::Real(subjects.test.p_value))
        }
        None => (Value::Null, Value::Null),
    }
}

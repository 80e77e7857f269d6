//! A study as rows for programs. Accuracies are shares from 0 to 1.

use std::collections::HashSet;

use sweep_job::{QueryTable, Value};

use super::{
    Axis, Reading,
    comparison::{Test, Verdict},
    guessing::Guessing,
    report::Study,
};
use crate::machine::real;

impl Study<'_> {
    /// What every row begins with: sweep, data and reading.
    pub(crate) fn identity(&self) -> Vec<Value> {
        vec![
            self.group.sweep.map_or(Value::Null, |sweep| Value::Text(sweep.to_owned())),
            Value::Text(self.group.data.identity.0.clone()),
            Value::Text(self.reading.to_string()),
        ]
    }
}

const IDENTITY: [&str; 3] = ["sweep", "data_identity", "reading"];

/// A row a setting.
pub(crate) fn setting_rows(studies: &[Study<'_>]) -> QueryTable {
    let mut axes: Vec<_> = studies.iter().flat_map(|study| study.axes.iter().copied()).collect();
    axes.sort();
    axes.dedup();
    let mut columns = IDENTITY.map(str::to_owned).to_vec();
    columns.extend(axes.iter().map(|axis| axis.name().to_owned()));
    columns.extend(["jobs", "finished_jobs", "seeds", "varying"].map(str::to_owned));
    columns.extend(["mean", "standard_deviation", "lowest", "highest", "low", "high"].map(str::to_owned));
    columns.extend(Reading::ALL.map(|reading| format!("mean_{}", reading.to_string().replace('-', "_"))));
    columns.push("better_than_chance_from".to_owned());
    let mut rows = Vec::new();
    for study in studies {
        let chance = study.guessing().and_then(Guessing::threshold).map(|threshold| threshold.accuracy);
        for setting in study.shown() {
            let Some(first) = setting.jobs.first() else { continue };
            let spread = setting.spread();
            let ends = setting.interval(study.trials());
            let mut row = study.identity();
            row.extend(
                axes.iter().map(|axis| {
                    if study.axes.contains(axis) { axis.value(&first.spec) } else { Value::Null }
                }),
            );
            row.push(Value::Integer(setting.jobs.len() as i64));
            row.push(Value::Integer(setting.repeats.len() as i64));
            let seeds: HashSet<u64> = setting.jobs.iter().map(|job| job.spec.seed).collect();
            row.push(Value::Integer(seeds.len() as i64));
            let varying: Vec<&str> = setting.mixes().into_iter().map(Axis::name).collect();
            row.push(Value::Text(varying.join(", ")));
            row.extend([
                real(spread.map(|spread| spread.mean)),
                real(spread.and_then(|spread| spread.standard_deviation)),
                real(spread.map(|spread| spread.minimum)),
                real(spread.map(|spread| spread.maximum)),
                real(ends.map(|ends| ends.low)),
                real(ends.map(|ends| ends.high)),
            ]);
            row.extend(Reading::ALL.map(|reading| real(setting.mean_of(reading, study.evidence))));
            row.push(real(chance));
            rows.push(row);
        }
    }
    QueryTable { columns, rows }
}

/// A row a pair of settings.
pub(crate) fn comparison_rows(studies: &[Study<'_>]) -> QueryTable {
    let mut columns = IDENTITY.to_vec();
    columns.extend(["first", "second", "difference"]);
    columns.extend(["test", "p_value", "least_p_value", "adjusted_p_value", "verdict"]);
    columns.extend(["subjects_test", "subjects_p_value", "subjects_adjusted_p_value", "subjects_verdict"]);
    let mut rows = Vec::new();
    for study in studies {
        let name = |place: usize| {
            let setting = &study.settings[place];
            let told = study.axes.iter().zip(setting.values(&study.axes));
            Value::Text(
                told.map(|(axis, value)| format!("{}={value}", axis.name())).collect::<Vec<_>>().join(" "),
            )
        };
        for comparison in study.comparisons().iter().filter(|comparison| study.shows(comparison)) {
            let mut row = study.identity();
            row.extend([name(comparison.first), name(comparison.second), Value::Real(comparison.difference)]);
            let text = |text: &str| Value::Text(text.to_owned());
            let starts = comparison.starts;
            let of_test = |value: f64| real((starts.test != Test::None).then_some(value));
            row.extend([
                text(test_name(starts.test)),
                of_test(starts.p_value),
                of_test(starts.least),
                of_test(starts.adjusted),
                text(verdict_name(starts.verdict)),
            ]);
            let subjects = comparison.subjects;
            row.extend([
                subjects.map_or(Value::Null, |answer| text(test_name(answer.test))),
                real(subjects.and_then(|answer| answer.told().map(|_| answer.p_value))),
                real(subjects.and_then(|answer| answer.told())),
                subjects.map_or(Value::Null, |answer| text(verdict_name(answer.verdict))),
            ]);
            rows.push(row);
        }
    }
    QueryTable { columns: columns.into_iter().map(str::to_owned).collect(), rows }
}

fn test_name(test: Test) -> &'static str {
    match test {
        Test::Permutation => "permutation",
        Test::MannWhitney => "mann-whitney",
        Test::Mcnemar => "mcnemar",
        Test::SignedRank => "signed-rank",
        Test::None => "none",
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Real => "real",
        Verdict::WithinNoise => "within-noise",
        Verdict::CannotTell => "cannot-tell",
    }
}

//! `sweep rerun`: a finished job is trained once more, elsewhere, and compared with what was recorded.

use std::env;

use sweep_job::{JobRecord, JobStatus, PlannedJob, Provenance, without_driver};
use sweep_store::{Comparison, Reader, Store, SweepEntry, compare};
use tempfile::TempDir;

use super::{
    difference_words, places,
    run::{Listener, train_one},
};
use crate::{
    build,
    cli::RerunArguments,
    error::{CliError, Ending},
    output::print,
    settings::RunSettings,
    workers,
};

/// How far the train loss of the first epoch may be from the recorded one, relative to it, where other instructions or another device
/// computed it. Rounding alone makes it differ; later epochs amplify that without bound, as any training does.
const TOLERANCE: f64 = 1e-3;

pub(super) fn run(arguments: &RerunArguments) -> Result<Ending, CliError> {
    let listener = Listener::start()?;
    let reader = Store::open_read_only(&arguments.database)?;
    let record = reader.job(&reader.find_job(&arguments.job)?)?;
    if record.status != JobStatus::Finished {
        return Err(CliError::Argument {
            message: format!(
                "job {} is {}: only a finished job can be compared",
                record.id.short(),
                record.status
            ),
            hint: None,
        });
    }
    let data = places::data_of(&reader, &record, &arguments.database.db)?;
    let folder = temporary_folder()?;
    let database = folder.path().join("rerun.db");
    let mut store = Store::open(arguments.database.location_of(&database))?;
    store.describe_run(build::run_details());
    store.record_data_set(&data)?;
    let job = PlannedJob { id: record.id, spec: places::found_weights(&record.spec, &arguments.database.db) };
    let entry = SweepEntry {
        name: "rerun".to_owned(),
        file_text: String::new(),
        command_line: build::command_line(),
    };
    store.record_sweep(&entry, &data.identity, std::slice::from_ref(&job))?;
    let settings = RunSettings::for_rerun(arguments)?;
    let ending = train_one(job, &data, &database, &mut store, &settings, &listener, workers::executor()?)?;
    if ending != Ending::Done {
        return Ok(ending);
    }
    report(&reader, &store, &record)
}

/// A folder for what is only compared: where the system wants such folders, or where else one can be made.
fn temporary_folder() -> Result<TempDir, CliError> {
    let first = match TempDir::new() {
        Ok(folder) => return Ok(folder),
        Err(source) => CliError::MakeFolder { path: env::temp_dir(), source },
    };
    let others = ["/tmp", "/var/tmp", "."];
    others.iter().find_map(|parent| TempDir::new_in(parent).ok()).ok_or(first)
}

fn report(reader: &Reader, store: &Store, record: &JobRecord) -> Result<Ending, CliError> {
    let now = store.reader().job(&record.id)?.provenance;
    let comparison = compare(reader, store.reader(), &record.id)?;
    let (text, ending) = words(record.provenance.as_ref(), now.as_ref(), &comparison);
    print(&format!("job {}\n{text}", record.id))?;
    Ok(ending)
}

/// What the comparison means. Equal bits are promised for the same instructions and revision of the arithmetic.
fn words(then: Option<&Provenance>, now: Option<&Provenance>, comparison: &Comparison) -> (String, Ending) {
    let place = |provenance: Option<&Provenance>| {
        provenance.map_or("unknown".to_owned(), |it| {
            format!("{}, {}, sweep {} on {}", it.device, it.hardware, it.program_version, it.host)
        })
    };
    let kind = |provenance: Option<&Provenance>| {
        provenance.map(|it| (it.device.clone(), without_driver(&it.hardware).to_owned(), it.arithmetic))
    };
    let head = format!("recorded  {}\nnow       {}\n", place(then), place(now));
    let is_promised = kind(then) == kind(now);
    let differences = match comparison {
        Comparison::Same => {
            return (format!("{head}the same bits: every metric, prediction and weight\n"), Ending::Done);
        }
        Comparison::SameButWeightsUnknown => {
            let why = "another version wrote the recorded weights file, and it is not there to be compared";
            return (format!("{head}the same bits: every metric and prediction; {why}\n"), Ending::Done);
        }
        Comparison::Differs(differences) => differences,
    };
    let numbers = difference_words(differences) + "\n";
    if is_promised {
        (format!("{head}DIFFERENT, where equal bits are promised: {numbers}"), Ending::JobsFailed)
    } else if differences.first_train_loss <= TOLERANCE {
        let why = "other instructions, device or arithmetic: equal bits are not promised";
        (
            format!(
                "{head}within the tolerance of {TOLERANCE:e} for the first train loss ({why}): {numbers}"
            ),
            Ending::Done,
        )
    } else {
        (format!("{head}DIFFERENT, beyond the tolerance of {TOLERANCE:e}: {numbers}"), Ending::JobsFailed)
    }
}

#[cfg(test)]
mod tests {
    use sweep_store::Differences;

    use super::*;

    fn place(hardware: &str) -> Provenance {
        Provenance {
            host: "lab".into(),
            device: "cpu".into(),
            hardware: hardware.into(),
            threads: 1,
            program_version: "0.1.0".into(),
            arithmetic: 1,
        }
    }

    #[test]
    fn what_a_difference_means_depends_on_what_is_promised() {
        let differs = |first_train_loss| {
            Comparison::Differs(Differences {
                first: Some((2, "test loss")),
                first_train_loss,
                best_test_accuracy: 0.0125,
                last_test_accuracy: 0.05,
            })
        };
        let cases = [
            ("avx2", Comparison::Same, Ending::Done),
            ("avx2", Comparison::SameButWeightsUnknown, Ending::Done),
            ("avx2", differs(0.0), Ending::JobsFailed),
            ("avx512", differs(2e-7), Ending::Done),
            ("avx512", differs(0.2), Ending::JobsFailed),
        ];
        let mut all = String::new();
        for (hardware, comparison, expected) in cases {
            let (text, ending) = words(Some(&place("avx2")), Some(&place(hardware)), &comparison);
            assert_eq!(ending, expected);
            all.push_str(&text);
        }
        insta::assert_snapshot!(all, @"
        recorded  cpu, avx2, sweep 0.1.0 on lab
        now       cpu, avx2, sweep 0.1.0 on lab
        the same bits: every metric, prediction and weight
        recorded  cpu, avx2, sweep 0.1.0 on lab
        now       cpu, avx2, sweep 0.1.0 on lab
        the same bits: every metric and prediction; another version wrote the recorded weights file, and it is not there to be compared
        recorded  cpu, avx2, sweep 0.1.0 on lab
        now       cpu, avx2, sweep 0.1.0 on lab
        DIFFERENT, where equal bits are promised: first difference in the test loss of epoch 2; train loss of the first epoch 0.0e0 off (relative), best test accuracy 1.25 points, last 5.00 points
        recorded  cpu, avx2, sweep 0.1.0 on lab
        now       cpu, avx512, sweep 0.1.0 on lab
        within the tolerance of 1e-3 for the first train loss (other instructions, device or arithmetic: equal bits are not promised): first difference in the test loss of epoch 2; train loss of the first epoch 2.0e-7 off (relative), best test accuracy 1.25 points, last 5.00 points
        recorded  cpu, avx2, sweep 0.1.0 on lab
        now       cpu, avx512, sweep 0.1.0 on lab
        DIFFERENT, beyond the tolerance of 1e-3: first difference in the test loss of epoch 2; train loss of the first epoch 2.0e-1 off (relative), best test accuracy 1.25 points, last 5.00 points
        ");
    }
}

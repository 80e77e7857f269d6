//! `sweep eval`: the saved weights of a job, tested again.

use sweep_job::{JobRecord, JobStatus, SnapshotKind, sha256};
use sweep_models::{Device, Settings};
use sweep_store::{Store, weights_beside_link, weights_dir, weights_path};
use sweep_worker::{ResidentData, WorkerError, engine_with_weights, evaluate, read_weights};

use super::{places, strange_weights};
use crate::{
    cli::{DeviceRequest, EvalArguments},
    error::{CliError, Ending},
    output::print,
    settings::one_device,
};

pub(super) fn run(arguments: &EvalArguments) -> Result<Ending, CliError> {
    let database = &arguments.database.db;
    let reader = Store::open_read_only(&arguments.database)?;
    let record = reader.job(&reader.find_job(&arguments.job)?)?;
    let kind = SnapshotKind::from(arguments.weights);
    let snapshot = reader.snapshot(&record.id, kind)?.ok_or_else(|| no_weights(&record, kind))?;

    let path = weights_path(database, &snapshot.weights).ok_or_else(|| CliError::Argument {
        message: format!(
            "the database names weights outside of its folder {}: {}",
            weights_dir(database).display(),
            snapshot.weights.file
        ),
        hint: None,
    })?;
    let bytes = read_weights(&path).map_err(|source| CliError::Argument {
        message: format!("cannot read the saved weights {}: {source}", path.display()),
        hint: Some(match weights_beside_link(database) {
            Some(folder) => strange_weights(database, &folder),
            None => format!(
                "weights lie in the folder {} beside the database, and move with it",
                weights_dir(database).display()
            ),
        }),
    })?;
    if sha256(&bytes) != snapshot.weights.sha256 {
        return Err(CliError::Argument {
            message: format!("{} is not the file that was recorded: its SHA-256 differs", path.display()),
            hint: None,
        });
    }
    reader.check_unchanged()?;
    let data = places::data_of(&reader, &record, database)?;

    let device = match (arguments.device, &record.provenance) {
        (DeviceRequest::Auto, Some(provenance)) => provenance.device.parse()?,
        (request, _) => one_device(request)?,
    };
    let device = Device::open(device).map_err(WorkerError::from)?;
    let data = ResidentData::new(sweep_data::load(&data.spec)?, data.identity);
    let mut engine = engine_with_weights(&Settings::from(&record.spec), data.shape, &bytes, &device)?;
    let now = evaluate(engine.as_mut(), data.shape.classes, &data.sets.test)?;

    let equal = now.predictions == snapshot.predictions && now.score == snapshot.test;
    let loss = |loss: f64| if loss.abs() < 1000.0 { format!("{loss:.9}") } else { format!("{loss:.9e}") };
    let percent = |accuracy: f64| format!("{:.4} %", 100.0 * accuracy);
    print(&format!(
        "job {}: {}\n{kind} weights, after epoch {}\n\
         recorded  test accuracy {}  loss {}\n\
         now       test accuracy {}  loss {}\n{}\n",
        record.id.short(),
        sweep_plan::describe(&record.spec),
        snapshot.epoch,
        percent(snapshot.test.accuracy),
        loss(snapshot.test.loss),
        percent(now.score.accuracy),
        loss(now.score.loss),
        if equal { "equal: every logit to the last bit" } else { "DIFFERENT" },
    ))?;
    Ok(if equal { Ending::Done } else { Ending::JobsFailed })
}

fn no_weights(record: &JobRecord, kind: SnapshotKind) -> CliError {
    let job = record.id.short();
    match record.status {
        JobStatus::Finished => CliError::Argument {
            message: format!("job {job} has no `{kind}` weights: its data had no validation set"),
            hint: Some("`validation = 0.2` in the [data] table of the sweep file makes one".to_owned()),
        },
        _ => CliError::Argument {
            message: format!("job {job} has no weights yet: it is {}", record.status),
            hint: Some("run its sweep to the end first".to_owned()),
        },
    }
}

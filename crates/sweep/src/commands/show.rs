//! `sweep show`: everything about one job.

use sweep_job::SnapshotKind;
use sweep_report::JobView;
use sweep_store::{Reader, Store, StoreError, weights_dir};

use crate::{
    cli::ShowArguments,
    error::{CliError, Ending},
    output::{print_with, report_options},
};

pub(super) fn run(arguments: &ShowArguments) -> Result<Ending, CliError> {
    let database = &arguments.database.db;
    let reader = Store::open_read_only(database)?;
    let view = view(&reader, &arguments.job, weights_dir(database).display().to_string())?;
    let options = report_options(arguments.format, None);
    print_with(|output| sweep_report::job_report(&view, &options, output))?;
    Ok(Ending::Done)
}

/// All that is recorded of the job of a name.
fn view(reader: &Reader, name: &str, weights_dir: String) -> Result<JobView, StoreError> {
    let job = reader.job(&reader.find_job(name)?)?;
    let mut snapshots = Vec::new();
    for kind in SnapshotKind::ALL {
        snapshots.extend(reader.snapshot(&job.id, kind)?.map(|snapshot| (kind, snapshot)));
    }
    Ok(JobView {
        data: reader.data_set(&job.data.identity)?,
        epochs: reader.epochs(&job.id)?,
        attempts: reader.attempts(&job.id)?,
        run: reader.run_of(&job.id)?,
        snapshots,
        weights_dir,
        job,
    })
}

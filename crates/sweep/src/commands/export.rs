//! `sweep export`: all results in the files of other programs.

use std::{ops::ControlFlow, path::Path};

use sweep_export::{
    Exported, JobSource, RecordedJob, SourceError, Table, TableSource, export_mlflow, export_tables,
    export_tensorboard, results_tables,
};
use sweep_job::Value;
use sweep_store::{JobSelection, Reader, Store};

use crate::{
    cli::ExportArguments,
    error::{CliError, Ending},
    output::{counted, print},
};

pub(super) fn run(arguments: &ExportArguments) -> Result<Ending, CliError> {
    let mut source = Source(Store::open_read_only(&arguments.database)?);
    if let Some(folder) = &arguments.out {
        let made = export_tables(arguments.format.into(), folder, &results_tables(), &mut source)?;
        tell_made(folder, made)?;
    }
    if let Some(folder) = &arguments.tensorboard {
        tell_made(folder, export_tensorboard(folder, &mut source)?)?;
    }
    if let Some(folder) = &arguments.mlflow {
        tell_made(folder, export_mlflow(folder, &mut source)?)?;
    }
    source.0.check_unchanged()?;
    Ok(Ending::Done)
}

fn tell_made(folder: &Path, made: Exported) -> Result<(), CliError> {
    let files = counted(usize::try_from(made.files).unwrap_or(usize::MAX), "file");
    print(&format!("{}: {files}, {:.1} MB", folder.display(), made.bytes as f64 / 1e6))
}

/// Reads a database for an export.
struct Source(Reader);

impl TableSource for Source {
    fn rows(
        &mut self,
        table: &Table,
        take: &mut dyn FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        Ok(self.0.each_row(&table.name, &columns, take)?)
    }
}

impl JobSource for Source {
    fn jobs(&mut self, take: &mut dyn FnMut(&RecordedJob) -> ControlFlow<()>) -> Result<(), SourceError> {
        for record in self.0.jobs(JobSelection::All)? {
            let epochs = self.0.epochs(&record.id)?;
            let git_commit = self.0.run_of(&record.id)?.and_then(|run| run.details.git_commit);
            if take(&RecordedJob { record, epochs, git_commit }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

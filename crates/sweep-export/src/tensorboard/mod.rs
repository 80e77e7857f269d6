//! Jobs as event files for TensorBoard: a folder each, with the scalars of its epochs and what the HPARAMS tab needs.

mod experiment;
mod hparams;
mod message;
mod record;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use experiment::{BEST, SELECTED, Settings};
use hparams::{Data, Kind, SessionEnd, SessionStart, SettingValue, Status};
use message::{Event, SummaryValue};
use prost::Message;
use sweep_job::{JobRecord, JobStatus, Value};

use crate::{
    ExportError, Exported, Form, JobSource, RecordedJob,
    error::failed,
    folder::{Folder, StagedFile},
    job::{Times, run_name, scores, settings, with_elapsed},
    names::Names,
    source::each_job,
};

/// Settings that are 0 or 1.
const TRUTHS: [&str; 2] = ["nesterov", "shuffle"];

/// Writes a folder with an event file for each job that has an epoch, such as `eegnet-elu-seed0-1a2b3c4d`, and an event file about
/// all of them, for `tensorboard --logdir FOLDER`. Numbers are in single precision.
///
/// # Errors
/// Where the folder holds something that no export for TensorBoard made, where a job cannot be read or one of its times is none,
/// or where the file system refuses. What an earlier export made is then still there.
pub fn export_tensorboard(folder: &Path, source: &mut dyn JobSource) -> Result<Exported, ExportError> {
    let mut folder = Folder::open(folder, Form::TensorBoard)?;
    let mut names = Names::default();
    let mut all = Settings::default();
    let mut created: Option<i64> = None;
    let mut number = 0;
    each_job(source, |job| {
        number += 1;
        let times = Times::of(&job.record, number)?;
        created = Some(created.map_or(times.created, |earliest| earliest.min(times.created)));
        if job.epochs.is_empty() {
            return Ok(());
        }
        let settings = session_settings(&job.record);
        let events = events(job, times, &settings);
        all.add(&settings, tags(&events));
        let name = format!("{}/{}", names.name(&run_name(&job.record)), file_name(times.begin()));
        write_events(&events, folder.stage(&name)?)
    })?;
    if let Some(created) = created {
        let begin = seconds(created);
        let experiment = Event::summary(begin, 0, vec![all.experiment(begin).into_value()]);
        write_events(&[Event::file_version(begin), experiment], folder.stage(&file_name(created))?)?;
    }
    folder.commit()
}

/// TensorBoard looks for `tfevents` in the names of files, and reads those of a folder in the order of their times.
fn file_name(begin: i64) -> String {
    format!("events.out.tfevents.{:010}.sweep", begin / 1000)
}

fn write_events(events: &[Event], mut file: StagedFile) -> Result<(), ExportError> {
    for event in events {
        record::write_record(&event.encode_to_vec(), &mut file).map_err(failed("write", file.path()))?;
    }
    file.finish()
}

fn events(job: &RecordedJob, times: Times, settings: &BTreeMap<String, SettingValue>) -> Vec<Event> {
    let begin = seconds(times.begin());
    let start = Data::SessionStart(SessionStart { settings: settings.clone(), started: begin });
    let mut events = vec![Event::file_version(begin), Event::summary(begin, 0, vec![start.into_value()])];
    let mut ended = begin;
    for (elapsed, epoch) in with_elapsed(&job.epochs) {
        ended = begin + elapsed;
        let values = scores(epoch).flat_map(|(set, score)| {
            [("accuracy", score.accuracy), ("loss", score.loss)]
                .map(|(figure, number)| SummaryValue::scalar(format!("{figure}/{set}"), number))
        });
        let mut values: Vec<_> = values.collect();
        for (tag, chosen) in [(BEST, &job.record.best), (SELECTED, &job.record.selected)] {
            if let Some(chosen) = chosen.as_ref().filter(|chosen| chosen.epoch == epoch.epoch) {
                values.push(SummaryValue::scalar(tag.to_owned(), chosen.test.accuracy));
            }
        }
        events.push(Event::summary(ended, epoch.epoch.into(), values));
    }
    let status = match job.record.status {
        JobStatus::Queued | JobStatus::Running => Status::Running,
        JobStatus::Finished => Status::Success,
        JobStatus::Failed(_) => Status::Failure,
    };
    let ended = times.finished.map_or(ended, seconds);
    let end = Data::SessionEnd(SessionEnd { status: status.into(), ended });
    events.push(Event::summary(ended, 0, vec![end.into_value()]));
    events
}

/// The settings of a job, and what it is trained on.
fn session_settings(job: &JobRecord) -> BTreeMap<String, SettingValue> {
    let kind = |name: &str, value: Value| match value {
        Value::Integer(number) if TRUTHS.contains(&name) => Some(Kind::Truth(number == 1)),
        Value::Integer(number) => Some(Kind::Number(number as f64)),
        Value::Real(number) => Some(Kind::Number(number)),
        Value::Text(text) => Some(Kind::Text(text)),
        Value::Null | Value::Blob(_) => None,
    };
    let mut all = settings(job);
    all.push(("data_title", Value::Text(job.data.title.clone())));
    if !job.sweeps.is_empty() {
        all.push(("sweeps", Value::Text(job.sweeps.join(", "))));
    }
    all.into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), SettingValue { kind: Some(kind(name, value)?) })))
        .collect()
}

/// The names of the scalars in `events`.
fn tags(events: &[Event]) -> impl Iterator<Item = String> {
    let values = events.iter().flat_map(|event| match &event.what {
        Some(message::What::Summary(summary)) => summary.values.as_slice(),
        Some(message::What::FileVersion(_)) | None => &[],
    });
    values.map(|value| value.tag.clone()).collect::<BTreeSet<_>>().into_iter()
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

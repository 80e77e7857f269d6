//! Event files as a reader of theirs sees them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::{fs, ops::ControlFlow};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{
    hparams::{Domain, Interval, PluginData},
    message::What,
    *,
};
use crate::SourceError;

#[path = "../../tests/scene/mod.rs"]
mod scene;

struct Jobs(Vec<RecordedJob>);

impl JobSource for Jobs {
    fn jobs(&mut self, take: &mut dyn FnMut(&RecordedJob) -> ControlFlow<()>) -> Result<(), SourceError> {
        let _ = self.0.iter().try_for_each(take);
        Ok(())
    }
}

fn recorded((record, epochs): (JobRecord, Vec<sweep_job::EpochMetrics>)) -> RecordedJob {
    RecordedJob { record, epochs, git_commit: None }
}

fn read(path: &Path) -> Vec<Event> {
    let bytes = fs::read(path).unwrap();
    record::tests::read_records(&bytes)
        .iter()
        .map(|record| Event::decode(record.as_slice()).unwrap())
        .collect()
}

/// An event as a line, or a few for what the HPARAMS tab needs.
fn line(event: &Event) -> String {
    let values = match event.what.as_ref().unwrap() {
        What::FileVersion(version) => vec![version.clone()],
        What::Summary(summary) => summary.values.iter().map(value).collect(),
    };
    format!("{:.2} step {}: {}", event.wall_time, event.step, values.join(", "))
}

fn value(value: &SummaryValue) -> String {
    match (&value.value, &value.metadata) {
        (Some(message::Value::Simple(number)), None) => format!("{} {number}", value.tag),
        (Some(message::Value::Tensor(_)), Some(metadata)) => {
            let data = metadata.plugin_data.as_ref().unwrap();
            let content = PluginData::decode(data.content.as_slice()).unwrap();
            format!("{} {}{}", value.tag, data.plugin_name, told(content.data.unwrap()))
        }
        other => panic!("{other:?}"),
    }
}

/// What the HPARAMS tab gets, a line a thing.
fn told(data: Data) -> String {
    let lines = match data {
        Data::SessionStart(SessionStart { settings, started }) => {
            let settings =
                settings.into_iter().map(|(name, value)| format!("{name}: {:?}", value.kind.unwrap()));
            settings.chain([format!("started {started}")]).collect::<Vec<_>>()
        }
        Data::SessionEnd(end) => vec![format!("{end:?}")],
        Data::Experiment(experiment) => {
            let settings = experiment.settings.into_iter().map(|setting| {
                let values = match setting.domain.clone().unwrap() {
                    Domain::Interval(Interval { least, greatest }) => format!("{least} to {greatest}"),
                    Domain::Discrete(list) => {
                        format!(
                            "{:?}",
                            list.values.into_iter().map(|value| value.kind.unwrap()).collect::<Vec<_>>()
                        )
                    }
                };
                let differs = if setting.differs { ", differs" } else { "" };
                format!("{} {:?}: {values}{differs}", setting.name, setting.setting_type())
            });
            let figures = experiment.figures.into_iter().map(|figure| {
                format!("{}: {}. {}", figure.name.unwrap().tag, figure.title, figure.description)
            });
            settings.chain(figures).chain([format!("created {}", experiment.created)]).collect()
        }
    };
    lines.iter().map(|line| format!("\n    {line}")).collect()
}

#[test]
fn a_job_is_a_folder_with_its_scalars_and_settings() {
    let folder = TempDir::new().unwrap();
    let jobs = vec![
        recorded(scene::finished(0)),
        recorded(scene::diverged(1)),
        recorded((scene::queued(2), Vec::new())),
    ];
    let id = jobs[0].record.id.to_string();
    let made = export_tensorboard(folder.path(), &mut Jobs(jobs)).unwrap();
    // Two jobs with epochs, and what is about all.
    assert_eq!(made.files, 3);
    let run = folder.path().join(format!("eegnet-elu-seed0-{}", &id[..8]));
    let events = read(&run.join("events.out.tfevents.1772366401.sweep"));
    let lines: Vec<String> = events.iter().map(line).collect();
    insta::assert_snapshot!("run", lines.join("\n"));
    let all = read(&folder.path().join("events.out.tfevents.1772366400.sweep"));
    insta::assert_snapshot!("experiment", all.iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn jobs_of_one_name_have_folders_of_their_own() {
    let folder = TempDir::new().unwrap();
    let jobs = (0..3).map(|_| recorded(scene::finished(0))).collect();
    export_tensorboard(folder.path(), &mut Jobs(jobs)).unwrap();
    let runs = fs::read_dir(folder.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(runs.count(), 3);
}

#[test]
fn a_second_export_takes_the_folders_of_the_first() {
    let folder = TempDir::new().unwrap();
    export_tensorboard(folder.path(), &mut Jobs(vec![recorded(scene::finished(0))])).unwrap();
    export_tensorboard(folder.path(), &mut Jobs(vec![recorded(scene::finished(1))])).unwrap();
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let runs: Vec<_> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(runs.len() == 1 && runs[0].starts_with("eegnet-elu-seed1-"), "{runs:?}");
}

#[test]
fn no_jobs_are_no_files() {
    let folder = TempDir::new().unwrap();
    assert_eq!(export_tensorboard(folder.path(), &mut Jobs(Vec::new())).unwrap().files, 0);
}

#[test]
fn a_time_that_is_none_is_named() {
    let folder = TempDir::new().unwrap();
    let mut job = recorded(scene::finished(0));
    job.record.started_at = Some("noon".into());
    let error = export_tensorboard(folder.path(), &mut Jobs(vec![job])).unwrap_err();
    assert_eq!(error.to_string(), "jobs, row 1, column started_at: \"noon\" is no time");
}

fn any_value() -> impl Strategy<Value = SummaryValue> {
    prop_oneof![
        (".*", any::<f32>())
            .prop_filter("equal to itself", |(_, number)| !number.is_nan())
            .prop_map(|(tag, number)| SummaryValue::scalar(tag, number.into())),
        (".*", prop::collection::vec(any::<u8>(), 0..50))
            .prop_map(|(tag, content)| SummaryValue::for_plugin(&tag, "hparams", content)),
    ]
}

proptest! {
    #[test]
    fn events_come_back(
        wall_time in -1e12_f64..1e12, step: i64, values in prop::collection::vec(any_value(), 0..5),
    ) {
        let events = [Event::file_version(wall_time), Event::summary(wall_time, step, values)];
        let mut file = Vec::new();
        for event in &events {
            record::write_record(&event.encode_to_vec(), &mut file).unwrap();
        }
        let read: Vec<Event> =
            record::tests::read_records(&file).iter().map(|record| Event::decode(record.as_slice()).unwrap()).collect();
        prop_assert_eq!(read, events);
    }

    #[test]
    fn settings_come_back(settings in prop::collection::btree_map(".*", any::<i32>(), 0..6), started in 0.0_f64..1e10) {
        let settings: BTreeMap<String, SettingValue> = settings
            .into_iter()
            .map(|(name, number)| {
                let kind = match number % 3 {
                    0 => Kind::Number(number.into()),
                    1 => Kind::Text(number.to_string()),
                    _ => Kind::Truth(number > 0),
                };
                (name, SettingValue { kind: Some(kind) })
            })
            .collect();
        let data = PluginData { version: 0, data: Some(Data::SessionStart(SessionStart { settings, started })) };
        prop_assert_eq!(PluginData::decode(data.encode_to_vec().as_slice()).unwrap(), data);
    }
}

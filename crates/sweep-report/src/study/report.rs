//! A study as people read it, and as rows for programs.

use std::{
    cell::OnceCell,
    io::{self, Write},
};

use sweep_job::{DataSetRecord, Evidence, QueryTable};

use super::{
    Axis, Reading,
    comparison::{Comparison, comparisons},
    effects::{effect_rows, effects},
    rows::{comparison_rows, setting_rows},
    setting::{Setting, settings, varying_axes},
    words::{chance, comparison_parts, setting_table},
};
use crate::{
    ReportOptions, blown_up,
    document::{Part, Section},
    group::{Group, groups},
    words::counted,
    write::write_report,
};

/// What a study asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudyOptions {
    /// The axes that make a setting; jobs that agree in them are its repeats. Where none is given, all that vary but the seed.
    pub axes: Vec<Axis>,
    /// Which epoch of a job counts. Where none is given, the one that the validation set selects, or the last one without a
    /// validation set.
    pub reading: Option<Reading>,
    /// Whether the accuracy of every job is shown.
    pub repeats: Repeats,
    /// Which table the forms for programs hold.
    pub table: StudyTable,
    /// Only so many settings, those with the highest mean accuracies, the highest first. Their differences are judged among those of all.
    pub top: Option<usize>,
}

/// Whether the accuracy of every job of a setting is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeats {
    /// It is not.
    #[default]
    Summarised,
    /// It is.
    Each,
}

/// A table of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StudyTable {
    /// A row a setting.
    #[default]
    Settings,
    /// A row a pair of settings.
    Comparisons,
    /// A row a level of an axis.
    Effects,
}

/// All of a study of one sweep on one data set.
pub(crate) struct Study<'a> {
    pub(crate) group: &'a Group<'a>,
    pub(crate) evidence: &'a Evidence,
    pub(crate) data: Option<&'a DataSetRecord>,
    pub(crate) axes: Vec<Axis>,
    pub(crate) reading: Reading,
    /// In the order in which they were first asked for, or by their accuracies where the best are asked for.
    pub(crate) settings: Vec<Setting<'a>>,
    /// How many of the settings are shown, the first ones.
    shown: usize,
    /// Found once, and only where somebody asks: they may take seconds.
    comparisons: OnceCell<Vec<Comparison>>,
}

impl<'a> Study<'a> {
    pub(crate) fn new(group: &'a Group<'a>, evidence: &'a Evidence, options: &StudyOptions) -> Self {
        let reading = options.reading.unwrap_or_else(|| Reading::headline(group.jobs.iter().copied()));
        let axes = if options.axes.is_empty() { varying_axes(group) } else { options.axes.clone() };
        let mut settings = settings(group, &axes, reading, evidence);
        if options.top.is_some() {
            let mean =
                |setting: &Setting<'_>| setting.spread().map_or(f64::NEG_INFINITY, |spread| spread.mean);
            settings.sort_by(|one, other| mean(other).total_cmp(&mean(one)));
        }
        let data = evidence.data_sets.get(&group.data.identity);
        let shown = options.top.map_or(settings.len(), |top| top.min(settings.len()));
        Self { group, evidence, data, axes, reading, settings, shown, comparisons: OnceCell::new() }
    }

    /// Trials of the test set.
    pub(crate) fn trials(&self) -> Option<u64> {
        Some(self.data?.test_labels.len() as u64)
    }

    /// The settings that tables have.
    pub(crate) fn shown(&self) -> &[Setting<'a>] {
        &self.settings[..self.shown]
    }

    /// All pairs of settings; nothing where they are more than [`MOST_COMPARED`].
    pub(crate) fn comparisons(&self) -> &[Comparison] {
        self.comparisons.get_or_init(|| {
            if self.finished() > MOST_COMPARED {
                return Vec::new();
            }
            comparisons(&self.settings, self.reading, self.evidence, self.data)
        })
    }

    /// How many settings have a finished job.
    pub(crate) fn finished(&self) -> usize {
        self.settings.iter().filter(|setting| !setting.repeats.is_empty()).count()
    }

    /// Whether tables have both settings of a pair.
    pub(crate) fn shows(&self, comparison: &Comparison) -> bool {
        comparison.first.max(comparison.second) < self.shown
    }

    /// What is not done, in whole sentences.
    fn limits(&self) -> Vec<String> {
        let settings = self.settings.len();
        let mut limits = Vec::new();
        if self.shown < settings {
            limits.push(format!(
                "The {} of {} with the highest mean. The test set chose them: the more settings one chooses from, the more of the lead is \
                 luck.",
                self.shown,
                counted(settings, "setting")
            ));
        }
        let finished = self.finished();
        if finished > MOST_COMPARED {
            limits.push(format!(
                "{finished} settings are too many to compare each with each: up to {MOST_COMPARED} are. `--where` and `--by` make them fewer."
            ));
        }
        limits
    }
}

/// So many settings are compared, each with each: 19,900 pairs. Beyond, no difference would stand out among so many, and programs would
/// wait for minutes.
const MOST_COMPARED: usize = 200;

/// Writes a row a setting with mean, spread and interval over its jobs, what guessing reaches, which differences are more than noise, and what
/// each axis does. The forms for programs have the table that is asked for.
///
/// # Errors
/// Where `out` takes nothing.
pub fn study_report(
    evidence: &Evidence,
    study: &StudyOptions,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = groups(&evidence.jobs, options.sweep.as_deref());
    let studies: Vec<Study<'_>> = groups.iter().map(|group| Study::new(group, evidence, study)).collect();
    let sections = |width| {
        let with_warning = |one: &Study<'_>| {
            let section = section(one, study.repeats, width);
            blown_up::add_warning(section, &one.group.jobs)
        };
        studies.iter().map(with_warning).collect()
    };
    write_report(options, sections, || rows(&studies, study.table), out)
}

/// What of a study is left out, in whole sentences: tables for people say it themselves.
pub fn left_out(evidence: &Evidence, study: &StudyOptions, sweep: Option<&str>) -> Vec<String> {
    let groups = groups(&evidence.jobs, sweep);
    groups.iter().flat_map(|group| Study::new(group, evidence, study).limits()).collect()
}

/// A study with all of its tables, that of settings at most `width` characters wide.
pub(crate) fn section(study: &Study<'_>, repeats: Repeats, width: Option<usize>) -> Section {
    let mut parts = vec![
        Part::Caption(format!("Test accuracy {}", study.reading.words(study.evidence.tail_epochs))),
        Part::Table(setting_table(study, repeats, width)),
    ];
    parts.extend(study.limits().into_iter().map(Part::Paragraph));
    parts.extend(chance(study).map(Part::Paragraph));
    parts.extend(comparison_parts(study));
    parts.extend(effects(study));
    Section { title: study.group.title(), parts }
}

fn rows(studies: &[Study<'_>], table: StudyTable) -> QueryTable {
    match table {
        StudyTable::Settings => setting_rows(studies),
        StudyTable::Comparisons => comparison_rows(studies),
        StudyTable::Effects => effect_rows(studies),
    }
}

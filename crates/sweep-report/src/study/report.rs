//! A study as people read it, and as rows for programs.

use std::{
    cell::OnceCell,
    io::{self, Write},
};

use sweep_job::{DataSetRecord, Evidence, QueryTable};

use super::{
    Axis, Guessing, Reading, Tail,
    comparison::{Comparison, comparisons},
    effects::{effect_rows, effects},
    mixture,
    rows::{comparison_rows, setting_rows},
    setting::{Setting, settings, varying_axes},
    words::{comparison_parts, how_to_read, setting_table},
};
use crate::{
    ReportOptions,
    document::{Part, Section},
    group::{Group, groups},
    words::{counted, thousands},
    write::write_report,
};

/// What a study asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudyOptions {
    /// The axes that make a setting; jobs that agree in them share it. Without any, all that vary but the seed.
    pub axes: Vec<Axis>,
    /// Which epoch of a job counts. Where none is given, the one that the validation set selects, or the last one without a
    /// validation set.
    pub reading: Option<Reading>,
    /// Whether the accuracy of every job is shown.
    pub repeats: Repeats,
    /// The only table that is wanted. Without one, people get all and programs that of settings.
    pub table: Option<StudyTable>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyTable {
    /// A row a setting.
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

    /// Over how many epochs means are.
    pub(crate) fn tail(&self) -> Tail {
        let repeats = self.settings.iter().flat_map(|setting| &setting.repeats);
        Tail::of(repeats.map(|repeat| repeat.job), self.evidence.tail_epochs)
    }

    /// What guessing reaches on the test set; `None` if that is not known.
    pub(crate) fn guessing(&self) -> Option<Guessing> {
        Guessing::on(self.data?)
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

    /// What keeps the tables from saying all, in whole sentences.
    fn limits(&self) -> Vec<String> {
        let settings = self.settings.len();
        let mut limits: Vec<String> = mixture::warning(self.shown(), &self.axes).into_iter().collect();
        if self.shown < settings {
            limits.push(format!(
                "The {} of {} with the highest mean. The test set chose them: the more settings one chooses from, the more of the lead is \
                 luck.",
                thousands(self.shown as u64),
                counted(settings, "setting")
            ));
        }
        let finished = self.finished();
        if finished > MOST_COMPARED {
            limits.push(format!(
                "{} are too many to compare in pairs (at most {MOST_COMPARED}). Narrow them with `--where` or `--by`.",
                counted(finished, "setting")
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
    let sections = |width| studies.iter().map(|one| one.group.warned(section(one, study, width))).collect();
    write_report(options, sections, || rows(&studies, study.table), out)
}

/// What of a study is left out and what to be careful with, in whole sentences: tables for people say it themselves.
pub fn left_out(evidence: &Evidence, study: &StudyOptions, sweep: Option<&str>) -> Vec<String> {
    let groups = groups(&evidence.jobs, sweep);
    let notes = |group: &Group<'_>| [group.leaks(), Study::new(group, evidence, study).limits()].concat();
    groups.iter().flat_map(notes).collect()
}

/// A study with the tables that are wanted, that of settings at most `width` characters wide.
pub(crate) fn section(study: &Study<'_>, options: &StudyOptions, width: Option<usize>) -> Section {
    let parts = match options.table {
        None => {
            [setting_parts(study, options.repeats, width), comparison_parts(study), effects(study, width)]
                .concat()
        }
        Some(StudyTable::Settings) => setting_parts(study, options.repeats, width),
        Some(StudyTable::Comparisons) => only_comparisons(study),
        Some(StudyTable::Effects) => or(
            effects(study, width),
            "Fewer than two axes vary: the table of settings says what each value does.",
        ),
    };
    Section { title: study.group.title(), parts }
}

/// The comparisons without the table of settings, and what limits them.
fn only_comparisons(study: &Study<'_>) -> Vec<Part> {
    let mut parts = comparison_parts(study);
    if study.finished() < 2 {
        parts.push(Part::Paragraph("There are no two settings to compare.".to_owned()));
    }
    parts.extend(study.limits().into_iter().map(Part::Paragraph));
    parts
}

/// `parts`, or why there are none.
fn or(parts: Vec<Part>, reason: &str) -> Vec<Part> {
    if parts.is_empty() { vec![Part::Paragraph(reason.to_owned())] } else { parts }
}

/// The table of settings, and how to read it.
fn setting_parts(study: &Study<'_>, repeats: Repeats, width: Option<usize>) -> Vec<Part> {
    let mut parts = vec![
        Part::Caption(format!("Test accuracy {}", study.reading.words(&study.tail()))),
        Part::Table(setting_table(study, repeats, width)),
    ];
    parts.extend(mixture::over(study.shown()).map(Part::Paragraph));
    parts.extend(study.limits().into_iter().map(Part::Paragraph));
    parts.extend(how_to_read(study).map(Part::Paragraph));
    parts
}

fn rows(studies: &[Study<'_>], table: Option<StudyTable>) -> QueryTable {
    match table.unwrap_or(StudyTable::Settings) {
        StudyTable::Settings => setting_rows(studies),
        StudyTable::Comparisons => comparison_rows(studies),
        StudyTable::Effects => effect_rows(studies),
    }
}

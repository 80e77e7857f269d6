//! A study as people read it, and as rows for programs.

use std::io::{self, Write};

use sweep_job::{DataSetRecord, QueryTable};

use super::{
    Axis, Evidence, Reading,
    comparison::{Comparison, comparisons},
    effects::{effect_rows, effects},
    rows::{comparison_rows, setting_rows},
    setting::{Setting, settings, varying_axes},
    words::{chance, comparison_parts, setting_table},
};
use crate::{
    Format, ReportOptions,
    document::{Part, Section, write_latex, write_markdown, write_terminal},
    group::{Group, groups},
    html::write_html,
    machine::{write_csv, write_json},
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
    pub(crate) settings: Vec<Setting<'a>>,
}

impl<'a> Study<'a> {
    pub(crate) fn new(group: &'a Group<'a>, evidence: &'a Evidence, options: &StudyOptions) -> Self {
        let reading = options.reading.unwrap_or_else(|| Reading::headline(group.jobs.iter().copied()));
        let axes = if options.axes.is_empty() { varying_axes(group) } else { options.axes.clone() };
        let settings = settings(group, &axes, reading, evidence);
        let data = evidence.data_sets.get(&group.data.identity);
        Self { group, evidence, data, axes, reading, settings }
    }

    /// Trials of the test set.
    pub(crate) fn trials(&self) -> Option<u64> {
        Some(self.data?.test_labels.len() as u64)
    }

    pub(crate) fn comparisons(&self) -> Vec<Comparison> {
        comparisons(&self.settings, self.reading, self.evidence, self.data)
    }
}

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
    let sections = |width| studies.iter().map(|one| section(one, study.repeats, width)).collect::<Vec<_>>();
    match options.format {
        Format::Table => write_terminal(&sections(Some(options.width)), options.width, out),
        Format::Markdown => write_markdown(&sections(None), out),
        Format::Latex => write_latex(&sections(None), out),
        Format::Html => write_html(&sections(None), out),
        Format::Csv => write_csv(&rows(&studies, study.table), out),
        Format::Json => write_json(&rows(&studies, study.table), out),
    }
}

/// A study with all of its tables, that of settings at most `width` characters wide.
pub(crate) fn section(study: &Study<'_>, repeats: Repeats, width: Option<usize>) -> Section {
    let mut parts = vec![
        Part::Caption(format!("Test accuracy {}", study.reading.words(study.evidence.tail_epochs))),
        Part::Table(setting_table(study, repeats, width)),
    ];
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

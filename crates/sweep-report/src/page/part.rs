//! The part of a page about one sweep on one data set.

use std::io;

use sweep_job::Evidence;

use super::curves::{CurvesFigure, figures};
use crate::{
    best,
    document::{Part, Section},
    group::Group,
    html::{Heading, running, section_html},
    jobs,
    show::data_fields,
    study::{self, Study, StudyOptions, gist, warnings},
    words::counted,
};

/// Its sections are HTML with headings of the third level.
pub(super) struct PagePart {
    /// Its place among the parts, from 1: what ids in the page are made of.
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) gist: String,
    /// HTML.
    pub(super) warnings: Vec<String>,
    pub(super) best: String,
    pub(super) settings: String,
    pub(super) figures: Vec<CurvesFigure>,
    pub(super) jobs: String,
    pub(super) data: String,
}

impl PagePart {
    /// # Errors
    /// Where memory takes nothing.
    pub(super) fn new(
        number: usize,
        group: &Group<'_>,
        evidence: &Evidence,
        options: &StudyOptions,
    ) -> io::Result<Self> {
        let study = Study::new(group, evidence, options);
        let titled = |title: &str, section: Section| {
            section_html(&Section { title: title.to_owned(), ..section }, Heading::Third)
        };
        let data = study.data.map_or(Section::default(), |data| Section {
            parts: vec![Part::Fields(data_fields(data))],
            ..Section::default()
        });
        Ok(Self {
            number,
            title: group.title(),
            gist: gist(&study),
            warnings: warnings(&study).iter().map(|warning| running(warning)).collect(),
            best: titled("Best accuracies", best::section(group, evidence))?,
            settings: titled("Settings and their differences", study::section(&study, options, None))?,
            figures: figures(&study)?,
            jobs: titled("All jobs", all_jobs(group))?,
            data: titled("Data", data)?,
        })
    }
}

/// So many rows of the table of jobs are in sight on a common screen.
const IN_SIGHT: usize = 15;

/// The table of jobs, with a caption that says how many there are if they do not all fit into its box.
fn all_jobs(group: &Group<'_>) -> Section {
    let mut section = jobs::section(group, None);
    let place = section.parts.iter().position(|part| matches!(part, Part::Table(_)));
    if let Some(place) = place.filter(|_| group.jobs.len() > IN_SIGHT) {
        let caption =
            format!("{}: scroll within this box to see all of them.", counted(group.jobs.len(), "job"));
        section.parts.insert(place, Part::Caption(caption));
    }
    section
}

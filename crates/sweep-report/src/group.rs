//! Jobs by sweep and data set: what one table may show, since accuracies on different data do not compare.

use sweep_job::{DataLabel, DataSource, JobRecord, Leaks, Origin};

use crate::{
    arithmetic, blown_up,
    document::{Part, Section},
    words::{data_title, one_line},
};

/// The jobs of one sweep on one data set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group<'a> {
    /// The sweep's name; `None` for jobs that no sweep asked for.
    pub(crate) sweep: Option<&'a str>,
    pub(crate) data: &'a DataLabel,
    pub(crate) jobs: Vec<&'a JobRecord>,
    /// Whether another group has the same sweep and title of data, so that the title must tell more.
    has_double: bool,
}

/// The groups of `jobs`, in the order in which they come up; of the sweep `sweep` alone, where it is given.
pub(crate) fn groups<'a>(jobs: &'a [JobRecord], sweep: Option<&str>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for job in jobs {
        let names =
            job.sweeps.iter().map(String::as_str).filter(|name| sweep.is_none_or(|sweep| sweep == *name));
        let mut names: Vec<Option<&str>> = names.map(Some).collect();
        if names.is_empty() && sweep.is_none() {
            names.push(None);
        }
        for name in names {
            match groups
                .iter_mut()
                .find(|group| group.sweep == name && group.data.identity == job.data.identity)
            {
                Some(group) => group.jobs.push(job),
                None => {
                    groups.push(Group { sweep: name, data: &job.data, jobs: vec![job], has_double: false })
                }
            }
        }
    }
    mark_doubles(&mut groups);
    groups
}

fn mark_doubles(groups: &mut [Group<'_>]) {
    let names: Vec<_> = groups.iter().map(|group| (group.sweep, data_title(&group.data.title))).collect();
    for (group, name) in groups.iter_mut().zip(&names) {
        group.has_double = names.iter().filter(|other| *other == name).count() > 1;
    }
}

/// Warnings about signal that the sets of the data share, each as a paragraph.
pub(crate) fn warning_parts(leaks: Option<&Leaks>) -> Vec<Part> {
    let warnings = leaks.map_or_else(Vec::new, Leaks::warnings);
    warnings.into_iter().map(|warning| Part::Paragraph(format!("warning: {warning}"))).collect()
}

impl Group<'_> {
    /// `lab2: BCI Competition III, data set IIIb`. Synthetic data are called so, whatever their title.
    pub(crate) fn title(&self) -> String {
        let mut title = one_line(self.sweep.unwrap_or("Jobs of no sweep"));
        title += ": ";
        if self.is_synthetic() {
            title += "SYNTHETIC DATA (computed, no one's EEG): ";
        }
        title += &data_title(&self.data.title);
        if self.has_double {
            title += &format!(" (data {})", self.data.identity.short());
        }
        title
    }

    pub(crate) fn is_synthetic(&self) -> bool {
        DataSource::declared(&self.data.set).is_some_and(|source| source.origin == Origin::Computed)
    }

    /// Warnings about signal that the sets of the data share.
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.data.leaks.as_ref().map_or_else(Vec::new, Leaks::warnings)
    }

    /// A section about these jobs that begins with the warnings about their data, and ends with one about trainings that blew up.
    pub(crate) fn warned(&self, mut section: Section) -> Section {
        section.parts.splice(0..0, warning_parts(self.data.leaks.as_ref()));
        section.parts.extend(arithmetic::warning(&self.jobs).map(Part::Paragraph));
        section.parts.extend(blown_up::warning(&self.jobs).map(Part::Paragraph));
        section
    }

    /// The fewest and the most epochs that a job of the group asks for.
    pub(crate) fn epochs(&self) -> (u32, u32) {
        let epochs = || self.jobs.iter().map(|job| job.spec.epochs);
        (epochs().min().unwrap_or(0), epochs().max().unwrap_or(0))
    }

    /// Whether the data have a validation set, as far as the jobs can tell.
    pub(crate) fn has_validation(&self) -> bool {
        self.jobs.iter().any(|job| job.selected.is_some())
    }
}

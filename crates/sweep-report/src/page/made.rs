//! How the results of a page came about, and how to get them again.

use std::collections::{BTreeMap, BTreeSet};

use sweep_job::{JobId, JobRecord, Origin, RunRecord, SweepRecord};

use super::Page;
use crate::{
    document::{Part, Section},
    text_table::{Column, TextTable},
    words::{counted, moment, one_line},
};

/// A sweep file with the sweeps that were requested with it, such as those of several `--set` options. There is at least one.
pub(super) fn sweeps(records: &[&SweepRecord]) -> Section {
    let fields = |record: &&SweepRecord| {
        Part::Fields(vec![
            ("command", one_line(&record.command_line)),
            ("first", format!("{} UTC", moment(&record.created_at))),
            ("last", format!("{} UTC", moment(&record.last_run_at))),
            ("jobs", record.jobs.to_string()),
            ("data", record.data.0.clone()),
        ])
    };
    let name = records.first().map_or(String::new(), |record| one_line(&record.name));
    Section { title: format!("Sweep {name}"), parts: records.iter().map(fields).collect() }
}

/// Sweeps by their name and file, in the order in which these come up.
pub(super) fn by_file(records: &[SweepRecord]) -> Vec<Vec<&SweepRecord>> {
    let mut files: Vec<Vec<&SweepRecord>> = Vec::new();
    for record in records {
        let is_same = |file: &&mut Vec<&SweepRecord>| {
            file[0].name == record.name && file[0].file_text == record.file_text
        };
        match files.iter_mut().find(is_same) {
            Some(file) => file.push(record),
            None => files.push(vec![record]),
        }
    }
    files
}

/// Which runs trained the jobs, where and with what.
pub(super) fn runs(page: &Page<'_>, jobs: &[&JobRecord]) -> Section {
    let runs = of_runs(page, jobs);
    let mut parts = Vec::new();
    let ours: usize = runs.values().map(|(_, jobs)| jobs.len()).sum();
    if !runs.is_empty() {
        let columns = ["run", "started (UTC)", "jobs", "where", "program", "command"].map(Column::left);
        let rows = runs.values().map(|(run, jobs)| {
            vec![
                run.id.0.to_string(),
                moment(&run.started_at),
                jobs.len().to_string(),
                places(jobs),
                program(run),
                one_line(&run.details.command_line),
            ]
        });
        parts.push(Part::Caption("The runs that trained these jobs last".to_owned()));
        parts.push(Part::Table(TextTable { columns: columns.to_vec(), rows: rows.collect() }));
    }
    let started = jobs.iter().filter(|job| job.attempts > 0).count();
    if started > ours {
        let of_no_run = counted(started - ours, "job");
        parts.push(Part::Paragraph(format!(
            "Of {of_no_run} no run is recorded; the table of jobs says all there is."
        )));
    }
    Section { title: "Who trained it".to_owned(), parts }
}

/// Warnings about who trained the jobs: builds that nobody can make again, and jobs of different ones.
pub(super) fn warnings(page: &Page<'_>, jobs: &[&JobRecord]) -> Vec<String> {
    let runs = of_runs(page, jobs);
    let details = || runs.values().map(|(run, _)| &run.details);
    let commit = |commit: &Option<String>| commit.clone().unwrap_or_default();
    let builds: BTreeSet<_> =
        details().map(|details| (details.program_version.as_str(), commit(&details.git_commit))).collect();
    let hardware: BTreeSet<_> = jobs
        .iter()
        .filter_map(|job| job.provenance.as_ref())
        .map(|provenance| (provenance.device.as_str(), provenance.hardware.as_str()))
        .collect();
    let mut warnings = Vec::new();
    if builds.iter().any(|(_, commit)| commit.ends_with("-dirty")) {
        warnings.push(
            "A program that trained some of this was built from files that differ from its commit: nobody else can build the same."
                .to_owned(),
        );
    }
    if builds.len() > 1 {
        warnings.push(format!(
            "{} of the program trained these jobs: they may differ in more than their settings.",
            counted(builds.len(), "build")
        ));
    }
    if hardware.len() > 1 {
        warnings.push(format!(
            "{} trained these jobs: rounding differs between them.",
            counted(hardware.len(), "kind") + " of processor or device"
        ));
    }
    warnings
}

/// How to get the same numbers again.
pub(super) fn again(page: &Page<'_>, jobs: &[&JobRecord]) -> Section {
    let mut steps = Vec::new();
    for file in by_file(page.sweeps) {
        let commands = if file.len() == 1 { "the command above" } else { "each of the commands above" };
        steps.push(format!(
            "Save the sweep file of `{}` above, and run {commands} with it. What the command line overrides is in the command.",
            one_line(&file[0].name)
        ));
    }
    let mut identities: Vec<&str> = jobs.iter().map(|job| job.data.identity.0.as_str()).collect();
    identities.sort_unstable();
    identities.dedup();
    for identity in identities {
        let source = page
            .evidence
            .data_sets
            .values()
            .find(|data| data.identity.0 == identity)
            .map(|data| data.spec.source.declaration());
        steps.push(match source.map(|source| source.origin) {
            Some(Origin::Computed) => format!("The data are computed by the program; their identity is `{identity}`."),
            Some(Origin::Recorded) | None => format!("Put the same data where the sweep file says. Their identity, a SHA-256 of content and preparation, is `{identity}`: with other data the jobs get other ids."),
        });
    }
    let words = "A job id is the hash of all of its settings and of the identity of its data: where ids are equal, the same was trained. With the same \
                 version of the program and processors with the same vector instructions, every number comes out the same to the last bit, \
                 however many workers and threads there are. On other processors or on a GPU numbers differ by rounding, which many epochs of training amplify: \
                 expect accuracies that scatter as those of another seed do.";
    Section {
        title: "How to get it again".to_owned(),
        parts: vec![Part::List(steps), Part::Paragraph(words.to_owned())],
    }
}

/// Runs by number, each with the jobs that it trained last.
fn of_runs<'a>(
    page: &'a Page<'_>,
    jobs: &[&'a JobRecord],
) -> BTreeMap<i64, (&'a RunRecord, Vec<&'a JobRecord>)> {
    let mut runs: BTreeMap<i64, (&RunRecord, Vec<&JobRecord>)> = BTreeMap::new();
    let mut seen: BTreeSet<JobId> = BTreeSet::new();
    for job in jobs {
        if let Some(run) = page.runs.get(&job.id)
            && seen.insert(job.id)
        {
            runs.entry(run.id.0).or_insert_with(|| (run, Vec::new())).1.push(job);
        }
    }
    runs
}

/// `lab: cpu avx2, 1 thread`.
fn places(jobs: &[&JobRecord]) -> String {
    let places: BTreeSet<String> = jobs
        .iter()
        .filter_map(|job| job.provenance.as_ref())
        .map(|place| {
            let threads = counted(place.threads as usize, "thread");
            format!("{}: {} {}, {threads}", one_line(&place.host), place.device, place.hardware)
        })
        .collect();
    places.into_iter().collect::<Vec<_>>().join("; ")
}

/// `sweep 0.1.0, commit 0123456789ab, rustc 1.95.0 for x86_64-unknown-linux-gnu`.
fn program(run: &RunRecord) -> String {
    let details = &run.details;
    let commit = details.git_commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
    let features =
        if details.features.is_empty() { String::new() } else { format!(", with {}", details.features) };
    format!(
        "sweep {}{commit}, {} for {}{features}",
        details.program_version, details.compiler, details.target
    )
}

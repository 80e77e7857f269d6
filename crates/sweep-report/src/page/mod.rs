//! A report in one HTML file: tables, curves, what to be careful with, and how it all came about. It needs no network and no other file.
//!
//! It takes plain values and reads nothing. The page is whole without its script, which adds what can be asked of curves and tables.

mod counts;
mod curves;
mod made;
mod part;
mod policy;

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
};

use askama::Template;
use sweep_job::{Evidence, JobId, JobRecord, RunDetails, RunRecord, SweepRecord};

use self::part::PagePart;
use crate::{
    figures,
    group::{Group, groups},
    html::{Heading, running, section_html},
    jobs,
    study::StudyOptions,
    words::{data_title, moment, one_line},
};

/// The looks that all pages share, this one and live ones: colours, text, forms and tables. Figures have a style sheet of their own.
pub const BASE_STYLE: &str = include_str!("../../assets/base.css");
const STYLE: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");

/// What every page begins with, and nothing else does.
pub const BEGINNING: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"sweep report\">\n";

/// What a page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The jobs, with the curves of those that shall be drawn.
    pub evidence: &'a Evidence,
    /// How settings are compared.
    pub study: &'a StudyOptions,
    /// What is to be known of the choice of the jobs, in whole sentences.
    pub notes: &'a [String],
    /// The name of the one sweep that it is about; `None` is all that asked for the jobs.
    pub sweep: Option<&'a str>,
    /// These sweeps as they were asked for.
    pub sweeps: &'a [SweepRecord],
    /// The run that trained a job last.
    pub runs: &'a HashMap<JobId, RunRecord>,
    /// The file name of the database.
    pub database: &'a str,
    /// Now, as the database writes times.
    pub made_at: &'a str,
    /// The program that makes the page.
    pub made_by: &'a RunDetails,
}

#[derive(Template)]
#[template(path = "page.html")]
struct PageTemplate {
    beginning: &'static str,
    policy: String,
    style: String,
    script: &'static str,
    title: String,
    subtitle: String,
    facts: Vec<(&'static str, String)>,
    /// HTML.
    warnings: Vec<String>,
    parts: Vec<PagePart>,
    sweeps: Vec<AskedFor>,
    runs: String,
    again: String,
}

/// A sweep file with the sweeps that were requested with it.
struct AskedFor {
    html: String,
    name: String,
    file_text: String,
}

/// Writes the page.
///
/// # Errors
/// Where `out` takes nothing.
pub fn page_report(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let groups = groups(&page.evidence.jobs, page.sweep);
    let jobs = distinct(groups.iter().flat_map(|group| group.jobs.iter().copied()));
    let parts: Vec<PagePart> = (1..)
        .zip(&groups)
        .map(|(number, group)| PagePart::new(number, group, page.evidence, page.study))
        .collect::<io::Result<_>>()?;
    let style = [BASE_STYLE, STYLE, &figures::stylesheet()].concat();
    let sections = |section| section_html(&section, Heading::Third);
    let asked_for = |records: &Vec<&SweepRecord>| {
        Ok(AskedFor {
            html: sections(made::sweeps(records))?,
            name: one_line(&records[0].name),
            file_text: records[0].file_text.clone(),
        })
    };
    let template = PageTemplate {
        beginning: BEGINNING,
        policy: policy::policy(SCRIPT, &style),
        style,
        script: SCRIPT,
        title: title(page, &groups),
        subtitle: jobs::standing(&jobs),
        facts: facts(page, groups.iter().map(|group| data_title(&group.data.title)).collect()),
        warnings: page
            .notes
            .iter()
            .chain(&made::warnings(page, &jobs))
            .map(|warning| running(warning))
            .collect(),
        parts,
        sweeps: made::by_file(page.sweeps).iter().map(asked_for).collect::<io::Result<_>>()?,
        runs: sections(made::runs(page, &jobs))?,
        again: sections(made::again(page, &jobs))?,
    };
    template.write_into(out).map_err(io::Error::other)?;
    // Which the template loses.
    writeln!(out)
}

/// Whether a file that begins so is a page of ours.
pub fn is_page(beginning: &[u8]) -> bool {
    beginning.starts_with(BEGINNING.as_bytes())
}

/// The name of the one sweep that it is about, or that of the database.
fn title(page: &Page<'_>, groups: &[Group<'_>]) -> String {
    let first = groups.first().and_then(|group| group.sweep);
    let only = first.filter(|name| groups.iter().all(|group| group.sweep == Some(name)));
    page.sweep.or(only).map_or_else(|| format!("Results in {}", one_line(page.database)), one_line)
}

fn distinct<'a>(jobs: impl Iterator<Item = &'a JobRecord>) -> Vec<&'a JobRecord> {
    let mut seen = HashSet::new();
    jobs.filter(|job| seen.insert(job.id)).collect()
}

fn facts(page: &Page<'_>, mut titles: Vec<String>) -> Vec<(&'static str, String)> {
    let mut names: Vec<&str> = page.sweeps.iter().map(|record| record.name.as_str()).collect();
    names.dedup();
    titles.sort_unstable();
    titles.dedup();
    let commit =
        page.made_by.git_commit.as_deref().map_or(String::new(), |commit| format!(", commit {commit}"));
    vec![
        ("sweep", one_line(&names.join(", "))),
        ("data", titles.join("; ")),
        ("database", one_line(page.database)),
        ("made", format!("{} UTC by sweep {}{commit}", moment(page.made_at), page.made_by.program_version)),
    ]
}

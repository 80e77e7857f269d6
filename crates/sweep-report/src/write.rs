//! A report in the form that is asked for: sections for people, rows for programs. It knows no contents.

use std::io::{self, Write};

use sweep_job::QueryTable;

use crate::{
    Format, ReportOptions,
    document::{Part, Section, write_latex, write_markdown, write_terminal},
    html::write_html,
    machine::{write_csv, write_json},
};

/// Writes `sections` for people, of as many columns as they are given, or `rows` for programs.
pub(crate) fn write_report(
    options: &ReportOptions,
    sections: impl Fn(Option<usize>) -> Vec<Section>,
    rows: impl Fn() -> QueryTable,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sections = |width| noted(sections(width), &options.notes);
    match options.format {
        Format::Table => write_terminal(&sections(Some(options.width)), options.width, out),
        Format::Markdown => write_markdown(&sections(None), out),
        Format::Latex => write_latex(&sections(None), out),
        Format::Html => write_html(&sections(None), out),
        Format::Csv => write_csv(&rows(), out),
        Format::Json => write_json(&rows(), out),
    }
}

/// The notes stand at the head of each section, since each may be copied without the others.
fn noted(mut sections: Vec<Section>, notes: &[String]) -> Vec<Section> {
    for section in &mut sections {
        section.parts.splice(0..0, notes.iter().cloned().map(Part::Paragraph));
    }
    sections
}

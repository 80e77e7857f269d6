//! A report as a sequence of parts, and its two forms for people.

use std::io::{self, Write};

use crate::{
    latex,
    text_table::{TextTable, escape},
    words::wrap,
};

/// One table of a report with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) parts: Vec<Part>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Paragraph(String),
    /// What the table that follows shows.
    Caption(String),
    List(Vec<String>),
    /// Names with their values.
    Fields(Vec<(&'static str, String)>),
    Table(TextTable),
}

/// Lines of running text are no longer than this, however wide the terminal.
const TEXT_WIDTH: usize = 100;

/// For a terminal of `width` columns.
pub(crate) fn write_terminal(sections: &[Section], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let text_width = width.min(TEXT_WIDTH);
    for (index, section) in sections.iter().enumerate() {
        if index > 0 {
            writeln!(out, "\n")?;
        }
        writeln!(out, "{}", wrap(&section.title, text_width, ""))?;
        let mut is_heading = true;
        for part in &section.parts {
            // What says how to read the table stands right below the title.
            is_heading = is_heading && matches!(part, Part::Paragraph(_) | Part::Caption(_));
            if !is_heading {
                writeln!(out)?;
            }
            match part {
                Part::Paragraph(text) | Part::Caption(text) => {
                    writeln!(out, "{}", wrap(text, text_width, ""))?
                }
                Part::List(items) => {
                    for item in items {
                        writeln!(out, "{}", wrap(&format!("- {item}"), text_width, "  "))?;
                    }
                }
                Part::Fields(fields) => write_fields(fields, text_width, out)?,
                Part::Table(table) => write!(out, "{}", table.to_terminal(width))?,
            }
        }
    }
    Ok(())
}

/// The values below each other; one that does not fit its line goes on in the next.
fn write_fields(fields: &[(&str, String)], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let name_width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let indent = " ".repeat(name_width + 2);
    for (name, value) in fields {
        writeln!(out, "{}", wrap(&format!("{name:name_width$}  {value}"), width, &indent))?;
    }
    Ok(())
}

/// For a document in Markdown.
pub(crate) fn write_markdown(sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    for (index, section) in sections.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "### {}", escape(&section.title))?;
        for part in &section.parts {
            writeln!(out)?;
            match part {
                Part::Paragraph(text) | Part::Caption(text) => writeln!(out, "{}", escape(text))?,
                Part::List(items) => {
                    for item in items {
                        writeln!(out, "- {}", escape(item))?;
                    }
                }
                Part::Fields(fields) => {
                    for (name, value) in fields {
                        writeln!(out, "- {name}: {}", escape(value))?;
                    }
                }
                Part::Table(table) => write!(out, "{}", table.to_markdown())?,
            }
        }
    }
    Ok(())
}

/// For a document in LaTeX: a table with its caption for each table, and the rest as text.
pub(crate) fn write_latex(sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}", latex::NEEDS, latex::BEGINNING)?;
    for section in sections {
        if !section.parts.iter().any(|part| matches!(part, Part::Table(_))) {
            write!(out, "\n{}", latex::heading(&section.title))?;
        }
        let mut caption = section.title.clone();
        for part in &section.parts {
            match part {
                Part::Caption(text) => caption = format!("{}. {text}", section.title),
                Part::Table(table) => write!(out, "\n{}", latex::table(table, &caption))?,
                Part::Paragraph(text) => writeln!(out, "\n{}", latex::escape(text))?,
                Part::List(items) => write!(out, "\n{}", latex::list(items))?,
                Part::Fields(fields) => write!(out, "\n{}", latex::fields(fields))?,
            }
        }
    }
    writeln!(out, "\n{}", latex::END)
}

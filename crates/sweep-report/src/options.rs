//! How a report is to look.

use std::num::NonZeroU32;

use crate::figures::Blocks;

/// Over how many of the last epochs of a job its mean is, unless asked otherwise.
pub const TAIL_EPOCHS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For the terminal.
    #[default]
    Table,
    /// For a document.
    Markdown,
    /// For a paper: LaTeX with the package `booktabs`.
    Latex,
    /// For a web page: a `section` with its heading for each table, to stand below the heading of the page.
    Html,
    /// For a spreadsheet: comma-separated values with a header line, and nothing else.
    Csv,
    /// For programs: an array of objects, one a row, and nothing else.
    Json,
}

impl Format {
    /// What curves in lines of text are made of; `None` where they are none: fonts of papers and pages lack the blocks, and those show figures.
    pub(crate) fn curves(self, blocks: Option<Blocks>) -> Option<Blocks> {
        blocks.filter(|_| matches!(self, Self::Table | Self::Markdown))
    }
}

/// How a report is to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOptions {
    /// Its form.
    pub format: Format,
    /// Columns of the terminal, for [`Format::Table`]. Below 60, a table may be wider.
    pub width: usize,
    /// The name of the one sweep that the report is about; `None` is one table for each sweep of the jobs.
    pub sweep: Option<String>,
    /// What is to be known of the choice of its jobs, in whole sentences: the head of each table for people.
    pub notes: Vec<String>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { format: Format::Table, width: 100, sweep: None, notes: Vec::new() }
    }
}

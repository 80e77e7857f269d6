//! Standard output, where a reader that goes away is no error, and files that are never half there.

use std::{
    env,
    io::{self, BufWriter, ErrorKind, Write},
    path::Path,
};

use sweep_report::{Format, ReportOptions, figures::Blocks};
pub(crate) use sweep_text::counted;
use sweep_text::{printable, wrap};

use crate::{cli::TableFormat, error::CliError};

/// Columns of a table if standard output is not a terminal.
const DEFAULT_WIDTH: usize = 100;
/// No table is made narrower than this.
const LEAST_WIDTH: usize = 20;

/// Writes to standard output what `write` writes.
///
/// # Errors
/// Where the output cannot take it, as on a full disk. A closed pipe, as behind `| head`, ends the program quietly.
pub(crate) fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let mut output = BufWriter::new(io::stdout().lock());
    match write(&mut output).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        written => written.map_err(CliError::Output),
    }
}

/// Writes `text` to standard output, with a newline at its end if it has none.
///
/// # Errors
/// Those of [`print_with`].
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    print_with(|output| write!(output, "{text}{newline}"))
}

/// Columns of the output: the variable `COLUMNS` if it is set, then the terminal's.
pub(crate) fn width() -> usize {
    let requested = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    requested.or_else(terminal).unwrap_or(DEFAULT_WIDTH).max(LEAST_WIDTH)
}

/// How a table is written: in `format`, as wide as the terminal, about one sweep or all.
pub(crate) fn report_options(format: TableFormat, sweep: Option<&str>) -> ReportOptions {
    let format = match format {
        TableFormat::Table => Format::Table,
        TableFormat::Markdown => Format::Markdown,
        TableFormat::Latex => Format::Latex,
        TableFormat::Csv => Format::Csv,
        TableFormat::Json => Format::Json,
    };
    ReportOptions { format, width: width(), sweep: sweep.map(str::to_owned), ..ReportOptions::default() }
}

/// What curves in a line are made of: blocks where the locale is one of UTF-8 (POSIX: `LC_ALL` before `LC_CTYPE` before `LANG`).
pub(crate) fn blocks() -> Blocks {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let is_utf_8 = ["utf-8", "utf8"].iter().any(|name| locale.to_lowercase().contains(name));
    if is_utf_8 { Blocks::Unicode } else { Blocks::Ascii }
}

/// Writes a file that is there whole or not at all.
///
/// # Errors
/// Those of the file system.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    sweep_files::write_whole(path, bytes)
        .map_err(|error| CliError::Write { path: path.to_owned(), source: error.source })
}

/// Adds the first `most` lines to `text`, indented, and how many more there are.
pub(crate) fn list_first(text: &mut String, most: usize, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(most);
    for line in lines.take(most) {
        text.push_str(&format!("  {}\n", line.trim_end()));
    }
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
}

/// Writes a line to standard error, without what would steer a terminal: it may hold names of any origin. If it cannot be written, the
/// work goes on all the same.
pub(crate) fn tell(line: &str) {
    tell_drawn(&printable(line));
}

/// Writes lines to standard error that were made for a terminal, with their colours.
pub(crate) fn tell_drawn(lines: &str) {
    let _ = writeln!(io::stderr().lock(), "{lines}");
}

/// Writes a paragraph to standard error, its lines broken between words if that is a terminal.
pub(crate) fn tell_paragraph(text: &str) {
    match terminal_size::terminal_size_of(io::stderr()) {
        Some((width, _)) => tell(&wrap(text, usize::from(width.0), "  ")),
        None => tell(text),
    }
}

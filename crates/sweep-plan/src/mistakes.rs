//! All mistakes of a sweep together, drawn with the lines that they are in.

use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use sweep_text::printable_line;

use crate::{
    mistake::{Mistake, in_order},
    node::printable,
    source::{Place, Source, Sources},
};

/// So many mistakes are drawn; of more, the number is told.
const MOST_DRAWN: usize = 100;

/// Marks that are farther apart are drawn by themselves, without what is between them.
const FARTHEST_BYTES: usize = 1 << 14;

/// Lines that have more than this are cut around the marks.
const LONGEST_EXCERPT_BYTES: usize = 1 << 16;

/// So much of such a line is left on either side.
const BYTES_BESIDE: usize = 60;

/// Whether a report has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences of ANSI terminals.
    Always,
    /// Plain text.
    Never,
}

/// All mistakes of a sweep file and of what overrides it. Never empty.
#[derive(Debug)]
pub struct Mistakes {
    sources: Sources,
    list: Vec<Mistake>,
    /// Mistakes that were only counted.
    more: usize,
}

impl Mistakes {
    pub(crate) fn new(sources: Sources, list: Vec<Mistake>, more: usize) -> Self {
        Self { sources, list: in_order(list), more }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// The mistakes in the order of the file, those of the command line behind them; of many, the first thousand.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.list.iter()
    }

    /// Line and column of a mistake, both from 1.
    pub fn position(&self, mistake: &Mistake) -> (usize, usize) {
        self.sources.of(mistake.place).position(mistake.place.start)
    }

    /// The report: of every mistake its title, file, line and column, the line itself with a caret under the culprit,
    /// and what would be right. It ends with a new line.
    pub fn render(&self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Always => Renderer::styled(),
            Colour::Never => Renderer::plain(),
        };
        let mut reports: Vec<String> =
            self.list.iter().take(MOST_DRAWN).map(|mistake| self.draw(mistake, &renderer)).collect();
        if self.count() > reports.len() {
            reports.push(format!("... and {} mistakes more", self.count() - reports.len()));
        }
        reports.join("\n\n") + "\n"
    }

    fn draw(&self, mistake: &Mistake, renderer: &Renderer) -> String {
        let title = printable_title(&mistake.kind.to_string());
        let mut group = Group::with_title(Level::ERROR.primary_title(title));
        for (origin, snippet) in self.excerpts(mistake) {
            group = match origin {
                Some(origin) => group.element(origin).element(snippet),
                None => group.element(snippet),
            };
        }
        let help = mistake.help.iter().map(|help| Level::HELP.message(printable_title(help)));
        renderer.render(&[group.elements(help)])
    }

    /// The lines that a mistake concerns, the culprit's first: one excerpt for each source, and for each mark that is far from the others.
    fn excerpts<'a>(&'a self, mistake: &'a Mistake) -> Vec<Excerpt<'a>> {
        let mut marks = vec![(mistake.place, AnnotationKind::Primary, mistake.label.as_str())];
        marks.extend(
            mistake.context.iter().map(|(place, label)| (*place, AnnotationKind::Context, label.as_str())),
        );
        let mut excerpts = Vec::new();
        while let Some(&(Place { source, start, .. }, ..)) = marks.first() {
            let (here, elsewhere): (Vec<_>, Vec<_>) = marks.into_iter().partition(|(place, ..)| {
                place.source == source && place.start.abs_diff(start) <= FARTHEST_BYTES
            });
            excerpts.push(self.excerpt(&here));
            marks = elsewhere;
        }
        excerpts
    }

    /// Only the lines around the marks are handed over, and of endless ones a part, so that a report costs no more in a long file.
    fn excerpt<'a>(&'a self, marks: &[(Place, AnnotationKind, &'a str)]) -> Excerpt<'a> {
        let source = self.sources.of(marks[0].0);
        let path = printable_line(&source.name);
        let start = marks.iter().map(|(place, ..)| place.start).min().unwrap_or(0);
        let end = marks.iter().map(|(place, ..)| place.end).max().unwrap_or(start);
        let (first, last) = source.lines_around(start, end);
        if last - first <= LONGEST_EXCERPT_BYTES {
            return (None, snippet(source, (first, last), marks).path(path));
        }
        // The column is not the one in the excerpt, and has to be told.
        let (line, column) = source.position(marks[0].0.start);
        let first = source.text.floor_char_boundary(first.max(start.saturating_sub(BYTES_BESIDE)));
        let end = end.min(start + LONGEST_EXCERPT_BYTES);
        let last = source.text.ceil_char_boundary(last.min(end + BYTES_BESIDE));
        let origin = Origin::path(path).line(line).char_column(column);
        (Some(origin), snippet(source, (first, last), marks))
    }
}

/// An excerpt, and where it is from if it does not say that itself.
type Excerpt<'a> = (Option<Origin<'a>>, Snippet<'a, Annotation<'a>>);

/// The text of `source` between two bytes with its marks.
fn snippet<'a>(
    source: &Source,
    (first, last): (usize, usize),
    marks: &[(Place, AnnotationKind, &'a str)],
) -> Snippet<'a, Annotation<'a>> {
    // Carriage returns would be drawn; blanks of the same length keep the places.
    let lines = source.text[first..last].replace("\r\n", " \n");
    let lines = lines.strip_suffix('\r').map(str::to_owned).unwrap_or(lines);
    let last = first + lines.len();
    let annotations = marks.iter().map(|(place, kind, label)| {
        let label = (!label.is_empty()).then_some(*label);
        let start = place.start.clamp(first, last);
        kind.span(start - first..place.end.clamp(start, last) - first).label(label)
    });
    Snippet::source(lines).line_start(source.position(first).0).annotations(annotations)
}

/// Titles may quote the user, so they are made safe to print; their own line breaks stay.
fn printable_title(title: &str) -> String {
    title.split('\n').map(printable_line).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = printable(&self.sources.file().name);
        match self.count() {
            1 => write!(f, "{name}: 1 mistake"),
            count => write!(f, "{name}: {count} mistakes"),
        }
    }
}

impl std::error::Error for Mistakes {}

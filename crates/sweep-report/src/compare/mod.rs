//! Two jobs side by side: what they differ in, what each reached, and whether one is better on the test trials they share. The formulas are in
//! `statistics`.

mod pair;
mod results;
mod rows;
mod trials;
mod verdict;

use std::io::{self, Write};

use sweep_job::JobView;

use self::{
    pair::Pair,
    results::{curves, measures, readings, settings},
    rows::row,
    trials::trials,
    verdict::verdict,
};
use crate::{
    ReportOptions, TAIL_EPOCHS,
    cell::status,
    document::{Part, Section},
    figures::Blocks,
    group::warning_parts,
    html::HtmlSection,
    study::Reading,
    words::data_title,
    write::write_report,
};

/// How two jobs are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareOptions {
    /// Which epoch of each counts. Where none is given, the one that the validation set selects, or the last one without a validation set.
    pub reading: Option<Reading>,
    /// Over how many of their last epochs means are, at most.
    pub tail_epochs: u32,
    /// What curves in lines of text are made of; `None` leaves them out.
    pub curves: Option<Blocks>,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { reading: None, tail_epochs: TAIL_EPOCHS.get(), curves: None }
    }
}

/// Writes what two jobs differ in, their results side by side, which test trials tell them apart, and a verdict. What is missing is said. The
/// forms for programs have a single row.
///
/// # Errors
/// Where `out` takes nothing.
pub fn comparison_report(
    first: &JobView,
    second: &JobView,
    compare: &CompareOptions,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let pair = Pair::new(first, second, compare);
    let blocks = options.format.curves(compare.curves);
    write_report(options, |width| sections(&pair, blocks, width), || row(&pair), out)
}

/// The sections of [`comparison_report`] for a page that draws the curves.
///
/// # Errors
/// Where memory takes nothing.
pub fn comparison_sections(
    first: &JobView,
    second: &JobView,
    compare: &CompareOptions,
) -> io::Result<Vec<HtmlSection>> {
    sections(&Pair::new(first, second, compare), None, None).iter().map(HtmlSection::of).collect()
}

fn sections(pair: &Pair<'_>, blocks: Option<Blocks>, width: Option<usize>) -> Vec<Section> {
    let section = |title: &str, parts| Section { title: title.to_owned(), parts };
    let [first, second] = pair.views;
    let title = format!("Job A {} and job B {}", first.job.id.short(), second.job.id.short());
    let mut parts = vec![Part::Fields(sides(pair))];
    let data = if pair.has_same_data() { &pair.views[..1] } else { &pair.views[..] };
    parts.extend(data.iter().flat_map(|view| warning_parts(view.data.leaks.as_ref())));
    parts.extend(settings(pair));
    let mut sections = vec![section(&title, parts)];
    let mut results = Vec::new();
    results.extend(blocks.map(|blocks| Part::Fields(curves(pair, blocks))));
    results.extend(readings(pair, width));
    results.extend(measures(pair));
    if pair.views.iter().any(|view| !view.epochs.is_empty()) {
        sections.push(section("Results", results));
    }
    if let Ok(shared) = &pair.shared {
        sections.push(section("Trial by trial", trials(pair, shared, width)));
    }
    sections.push(section("Verdict", vec![Part::Paragraph(verdict(pair))]));
    sections
}

/// Who they are, and what they were trained on.
fn sides(pair: &Pair<'_>) -> Vec<(&'static str, String)> {
    let [first, second] = pair.views.map(|view| {
        let job = &view.job;
        format!("{} {}, {}", job.spec.model.title(), job.spec.activation.title(), status(job))
    });
    let mut fields = vec![("A", first), ("B", second)];
    let [of_first, of_second] = pair.views.map(|view| data_title(&view.data.title));
    if pair.has_same_data() {
        fields.push(("data", of_first));
    } else {
        fields.push(("data of A", format!("{of_first}, {}", pair.views[0].data.identity.short())));
        fields.push(("data of B", format!("{of_second}, {}", pair.views[1].data.identity.short())));
    }
    fields
}

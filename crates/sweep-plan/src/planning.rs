//! The way from a text to a plan, in running order.

use std::{io, path::Path};

use sweep_job::{DataSource, DataSpec};
use sweep_text::thousands;

use crate::{
    check::{
        Checked, Checker, TOP_KEYS, WeightsReader,
        data::{self, Absence},
    },
    expand::{Expansion, expand},
    judge::{self, Judge},
    limits::{MOST_COMBINATIONS, MOST_COMPARISONS},
    mistake::{Mistake, MistakeKind},
    mistakes::Mistakes,
    node::Entry,
    observe::observe,
    overrides::{Overrides, Overriding},
    parse,
    plan::Plan,
    source::{Place, Sources},
    suggest,
    sweep::Sweep,
};

/// Where the file as a whole is blamed.
const TOP: Place = Place { source: 0, start: 0, end: 0 };

/// Plans the sweep that `text`, the content of `file_name`, describes with `overrides` in it. `weights_sha256` gives the
/// SHA-256 of the file with initial weights at a path, in lower-case hexadecimal digits; it is asked once a path.
///
/// # Errors
/// All mistakes of the file and the overrides together. The file is judged without the overrides: an override that leaves
/// a `[[when]]` or `[[exclude]]` block nothing to match is no mistake.
pub fn plan(
    file_name: &str,
    text: &str,
    overrides: &Overrides,
    weights_sha256: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Plan, Mistakes> {
    let mut sources = Sources::default();
    sources.add(file_name, text);
    let typed = overrides.add_to(&mut sources);
    let mut checker = Checker::new(&sources, WeightsReader::new(weights_sha256));
    let (entries, syntax) = parse::document(&sources);
    let is_whole = syntax.is_empty();
    let checked = checker.document(&entries);
    let file_doubtful = checker.doubtful;
    let overriding = checker.overrides(&typed);
    let name = name(&mut checker, &entries, &checked, &overriding, is_whole);
    let data = data_of(&mut checker, &entries, &checked, &overriding, is_whole);
    let expansion = if is_whole && !checker.is_full() {
        jobs(&mut checker, file_doubtful, &checked, &overriding, &entries)
    } else {
        None
    };
    let weights = checker.weights.files().to_vec();
    let more = checker.more;
    let mistakes = parse::without_echoes(&sources, syntax, checker.mistakes);
    match (name, data, expansion) {
        (Some(name), Some(data), Some(expansion)) if mistakes.is_empty() => {
            Ok(Plan::new(name, data, expansion, &weights))
        }
        _ => Err(Mistakes::new(sources, mistakes, more)),
    }
}

/// Whether an unknown key of the file was meant to be `name`.
fn is_misspelt(entries: &[Entry], name: &str) -> bool {
    let mut unknown =
        entries.iter().map(|entry| entry.key.name.as_str()).filter(|key| !TOP_KEYS.contains(key));
    unknown.any(|key| suggest::closest(key, TOP_KEYS) == Some(name))
}

fn missing(key: &str, help: &str) -> Mistake {
    Mistake::new(MistakeKind::Missing { key: key.to_owned() }, TOP).help(help)
}

fn name(
    checker: &mut Checker<'_>,
    entries: &[Entry],
    checked: &Checked,
    overriding: &Overriding,
    is_whole: bool,
) -> Option<String> {
    match overriding.name.as_ref().or(checked.name.as_ref()) {
        Some(named) => named.name.clone(),
        None => {
            if is_whole && !is_misspelt(entries, "name") {
                checker.report(missing(
                    "name",
                    "begin the file with a name for the sweep, such as name = \"lab2\"",
                ));
            }
            None
        }
    }
}

fn data_of(
    checker: &mut Checker<'_>,
    entries: &[Entry],
    checked: &Checked,
    overriding: &Overriding,
    is_whole: bool,
) -> Option<DataSpec> {
    let (header, file) = match &checked.data {
        Some((header, entries)) => (*header, entries.as_slice()),
        None => {
            // A `[data]` that is no table has been reported.
            let has_data = entries.iter().any(|entry| entry.key.name == "data");
            if overriding.data.is_empty() && is_whole && !has_data && !is_misspelt(entries, "data") {
                let sets = data::quoted_sets(DataSource::NAMES);
                checker.report(missing("[data]", &format!("write a table [data] with set = {sets}")));
            }
            if overriding.data.is_empty() || has_data {
                return None;
            }
            (overriding.data[0].key.place, &[] as &[Entry])
        }
    };
    let absence = if is_whole { Absence::Mistake } else { Absence::Allowed };
    if overriding.data.is_empty() {
        return checker.data(header, file, absence);
    }
    // The file is checked on its own, too; what is wrong with and without the overrides is told once.
    checker.data(header, file, Absence::Allowed);
    checker.data(header, &data::overridden(file, &overriding.data), absence)
}

/// Expands the file with the overrides, and judges the file alone.
fn jobs(
    checker: &mut Checker<'_>,
    file_doubtful: crate::setting::SettingSet,
    checked: &Checked,
    overriding: &Overriding,
    entries: &[Entry],
) -> Option<Expansion> {
    let weights = checker.weights.files().to_vec();
    let alone = Sweep::new(checked, &[]);
    let whole = Sweep::new(checked, &overriding.axes);
    if let Some(mistake) = too_many(&whole) {
        checker.report(mistake);
        return None;
    }
    let expansion = expand(&whole, &weights);
    let judge = Judge { checked, sweep: &alone, weights: &weights, doubtful: file_doubtful };
    if overriding.axes.is_empty() {
        checker.mistakes.extend(judge.mistakes(&expansion.observed));
    } else if too_many(&alone).is_none() {
        checker.mistakes.extend(judge.mistakes(&observe(&alone, |_| {})));
    }
    let observed = &expansion.observed;
    let doubtful = checker.doubtful;
    checker.mistakes.extend(judge::overrides_without_effect(&overriding.axes, observed, doubtful));
    if checked.is_without_jobs() && overriding.axes.is_empty() {
        // One that was written in a wrong way has been reported already.
        let tables = ["grid", "zip", "rows"];
        let is_there = |name: &str| entries.iter().any(|entry| entry.key.name == name);
        if !tables.into_iter().any(|name| is_there(name) || is_misspelt(entries, name)) {
            checker.report(missing("[grid]", "write a table [grid] with the settings of the jobs"));
        }
        return None;
    }
    let doubtful = checker.doubtful_with_open_rows();
    checker.mistakes.extend(judge::missing(&whole, observed, doubtful, TOP));
    if observed.kept == 0 && expansion.observed.excluded > 0 {
        checker.report(all_excluded(&whole, &expansion));
    }
    Some(expansion)
}

fn too_many(sweep: &Sweep<'_>) -> Option<Mistake> {
    let (combinations, blocks) = (sweep.combinations(), sweep.conditions());
    let axis = sweep.longest_axis()?;
    let kind = if combinations > MOST_COMBINATIONS {
        MistakeKind::TooManyJobs { combinations: thousands(combinations) }
    } else if combinations.saturating_mul(blocks) > MOST_COMPARISONS {
        MistakeKind::TooManyBlocks { combinations: thousands(combinations), blocks: thousands(blocks) }
    } else {
        return None;
    };
    let label = format!("the longest axis: {} values", thousands(axis.values.len() as u64));
    Some(Mistake::new(kind, axis.key).label(label))
}

fn all_excluded(sweep: &Sweep<'_>, expansion: &Expansion) -> Mistake {
    let place = sweep.excludes.first().map_or(TOP, |exclude| exclude.header);
    let reason = format!("[[exclude]] removes all {}", thousands(expansion.observed.excluded as u64));
    Mistake::new(MistakeKind::NoJobs { reason }, place)
}

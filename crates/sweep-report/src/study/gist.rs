//! What a study comes to, in a few sentences that stand above all tables.

use super::{
    Reading,
    comparison::{Comparison, Verdict},
    report::Study,
    wording::points,
    words::verdict,
};
use crate::words::{counted, percent};

/// Which differences are real and which within noise, what was compared, and which accuracies are optimistic.
pub(crate) fn gist(study: &Study<'_>) -> String {
    let mut sentences = vec![differences(study)];
    let read = study.reading.words(study.evidence.tail_epochs);
    if study.settings.iter().any(|setting| !setting.repeats.is_empty()) {
        sentences.push(match study.reading {
            Reading::Best => format!("Read is the test accuracy {read}: all accuracies are optimistic."),
            _ => format!(
                "Read is the test accuracy {read}. Figures called best are optimistic: their epoch was chosen on the test set itself."
            ),
        });
    }
    sentences.join(" ")
}

fn differences(study: &Study<'_>) -> String {
    let comparisons = study.comparisons();
    let counts = |wanted| comparisons.iter().filter(|one| one.starts.verdict == wanted).count();
    let settings = study.settings.iter().filter(|setting| !setting.repeats.is_empty()).count();
    match (settings, comparisons.len()) {
        (0, _) => return "No job is finished yet.".to_owned(),
        (1, _) => return only(study),
        _ => {}
    }
    let among = format!("{} between {settings} settings", counted(comparisons.len(), "difference"));
    match (counts(Verdict::Real), counts(Verdict::CannotTell)) {
        (0, 0) => format!("Within noise: {among}, none of which is shown to be more."),
        (0, _) => {
            format!("The seeds are too few to tell: {among}, none of which is shown to be more than noise.")
        }
        (real, _) => {
            let are = if real == 1 { "is" } else { "are" };
            let surest = surest(&comparisons)
                .map_or(String::new(), |one| format!("; the surest: {}", told(study, one)));
            format!("{real} of {among} {are} more than noise{surest}.")
        }
    }
}

fn only(study: &Study<'_>) -> String {
    let spread = study.settings.iter().find_map(|setting| setting.spread());
    spread.map_or(String::new(), |spread| {
        format!("One setting is finished, with {}: nothing is compared.", percent(spread.mean))
    })
}

/// Of the real ones with the least p, the largest.
fn surest(comparisons: &[Comparison]) -> Option<&Comparison> {
    let is_real = |one: &&Comparison| one.starts.verdict == Verdict::Real;
    comparisons.iter().filter(is_real).min_by(|one, other| {
        let by_p = one.starts.adjusted.total_cmp(&other.starts.adjusted);
        by_p.then(other.difference.abs().total_cmp(&one.difference.abs()))
    })
}

/// `EEGNet, ELU over EEGNet, ReLU by 2.31 points (real on these trials)`.
fn told(study: &Study<'_>, comparison: &Comparison) -> String {
    let name = |place: usize| study.settings[place].values(&study.axes).join(", ");
    let (better, worse) = match comparison.difference {
        difference if difference < 0.0 => (comparison.second, comparison.first),
        _ => (comparison.first, comparison.second),
    };
    let by = points(comparison.difference.abs());
    let verdict = verdict(&comparison.starts, comparison.subjects.as_ref());
    format!("{} over {} by {} points ({verdict})", name(better), name(worse), by.trim_start_matches('+'))
}

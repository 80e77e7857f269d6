//! What a study comes to, in a few sentences that stand above all tables.

use super::{
    Reading,
    comparison::{Comparison, Verdict},
    report::Study,
    wording::points,
    words::verdict,
};
use crate::words::{counted, percent, thousands};

/// Which differences are real and which within noise, what was compared, and which accuracies are optimistic.
pub(crate) fn gist(study: &Study<'_>) -> String {
    let mut sentences = vec![differences(study)];
    let read = study.reading.words(&study.tail());
    if study.finished() > 0 {
        sentences.push(match study.reading {
            Reading::Best => format!("Accuracies are the test accuracy {read}: all of them are optimistic."),
            _ => format!(
                "Accuracies are the test accuracy {read}. Figures called best are optimistic: their epoch was chosen on the test set itself."
            ),
        });
    }
    sentences.join(" ")
}

fn differences(study: &Study<'_>) -> String {
    let comparisons = study.comparisons();
    let counts = |wanted| comparisons.iter().filter(|one| one.starts.verdict == wanted).count();
    let settings = study.finished();
    match (settings, comparisons.len()) {
        (0, _) => return "No job is finished yet.".to_owned(),
        (1, _) => return only(study),
        (_, 0) => return format!("{} are too many to compare in pairs.", counted(settings, "setting")),
        _ => {}
    }
    let count = comparisons.len();
    let among = format!("between {settings} settings");
    match (counts(Verdict::Real), counts(Verdict::CannotTell)) {
        (0, 0) if count == 1 => format!("The difference {among} is within noise."),
        (0, 0) => format!("All {} {among} are within noise.", counted(count, "difference")),
        (0, _) => {
            format!(
                "Of {} {among} none is shown to be more than noise: the jobs are too few to tell.",
                counted(count, "difference")
            )
        }
        (real, _) => {
            let one = surest(comparisons).map_or(String::new(), |one| told(study, one));
            let all = counted(count, "difference");
            match (real, count) {
                (1, 1) => format!("The difference {among} is more than noise: {one}."),
                (1, _) => format!("Of {all} {among} 1 is more than noise: {one}."),
                _ => format!(
                    "Of {all} {among} {} are more than noise; the surest: {one}.",
                    thousands(real as u64)
                ),
            }
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

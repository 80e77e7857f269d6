//! How much of a job's best epoch is luck, in a sentence.

use sweep_job::JobView;

use crate::{
    statistics::{
        optimism::{FEWEST_EPOCHS, Optimism, optimism_of_maximum},
        trend::Trend,
    },
    study::p_words,
    words::percent,
};

/// `None` for a single epoch, and where the test set is not known.
pub(super) fn luck(view: &JobView) -> Option<String> {
    let accuracies: Vec<f64> = view.epochs.iter().map(|epoch| epoch.test.accuracy).collect();
    let epochs = accuracies.len();
    if (2..FEWEST_EPOCHS).contains(&epochs) {
        return Some(format!(
            "Of {epochs} epochs it cannot be told how much of the best one is luck; that takes {FEWEST_EPOCHS}."
        ));
    }
    let optimism = optimism_of_maximum(&accuracies, view.data.test_labels.len() as u64).ok()?;
    Some(match optimism.trend {
        Some(trend) => moving(&trend, &optimism, epochs),
        None => wavering(&optimism, epochs),
    })
}

fn moving(trend: &Trend, optimism: &Optimism, epochs: usize) -> String {
    let (does, advice) = if trend.change > 0.0 {
        ("still rises", "The best epoch may be progress or luck; more epochs may do better.")
    } else {
        (
            "falls",
            "The network gets worse: fewer epochs, or one that a validation set selects, may do better.",
        )
    };
    format!(
        "Test accuracy {does} in the last half, by {:.2} points from epoch {} to {epochs} ({}), and wavers around that line by {:.2} points. \
         {advice}",
        100.0 * trend.change.abs(),
        epochs / 2 + 1,
        p_words(trend.p_value),
        100.0 * optimism.deviation
    )
}

/// Expected and observed maxima scatter: only what is a deviation above the expected one is more than wavering.
fn wavering(optimism: &Optimism, epochs: usize) -> String {
    let expected = optimism.expected_maximum_if_independent;
    let verdict = if optimism.observed_maximum <= expected + optimism.deviation {
        "The best epoch is within noise"
    } else {
        "The best epoch is above what noise explains"
    };
    format!(
        "{verdict}: the highest of {epochs} epochs that only waver as the last half does is expected at up to {}, and {} was reached.",
        percent(expected),
        percent(optimism.observed_maximum)
    )
}

//! What a comparison of two jobs comes to, in plain words.

use super::{
    pair::{Missing, Pair, Shared},
    results::ends,
};
use crate::{
    cell::status,
    statistics::mcnemar::McnemarMethod,
    study::{Reading, SIGNIFICANCE, p_words, points},
};

/// Whether one is better, or why that cannot be said.
pub(super) fn verdict(pair: &Pair<'_>) -> String {
    match &pair.shared {
        Ok(shared) => of_trials(pair, shared),
        Err(missing) => because(pair, *missing),
    }
}

/// Which of both is better on the test trials: 0 for A, 1 for B, `None` within noise.
pub(super) fn better(shared: &Shared) -> Option<usize> {
    match shared.test.p_value < SIGNIFICANCE {
        true => Some(usize::from(shared.test.difference > 0.0)),
        false => None,
    }
}

fn of_trials(pair: &Pair<'_>, shared: &Shared) -> String {
    let test = &shared.test;
    let method = match test.method {
        McnemarMethod::Exact => "exact",
        McnemarMethod::ChiSquared { .. } => "chi-squared",
    };
    let numbers = format!(
        "B - A is {} points, 95 % interval {}; McNemar's test ({method}): {}.",
        points(test.difference),
        ends(test.interval),
        p_words(test.p_value)
    );
    let mut words = match better(shared) {
        Some(job) => format!(
            "{} is better on these test trials. {numbers} That is about these two trained networks, not about their settings: for settings compare \
             over seeds with `sweep report --by`.",
            NAMES[job]
        ),
        None => format!("Within noise: neither is shown to be better on these test trials. {numbers}"),
    };
    if pair.reading == Reading::Best {
        words += " Both epochs were chosen on the test set itself, which no p-value knows: these accuracies are optimistic.";
    }
    words
}

const NAMES: [&str; 2] = ["A", "B"];

fn because(pair: &Pair<'_>, missing: Missing) -> String {
    let reading = pair.reading.title(&pair.tail());
    match missing {
        Missing::OtherData => "No verdict: the jobs were tested on different data, so that their accuracies do not compare, and their trials \
                               are not the same."
            .to_owned(),
        Missing::NoEpoch { job } if pair.views[job].epochs.is_empty() => {
            format!("No verdict: {} has no finished epoch ({}).", NAMES[job], status(&pair.views[job].job))
        }
        Missing::NoEpoch { job } => {
            format!("No verdict: {} has no reading `{reading}`; its data have no validation set.", NAMES[job])
        }
        Missing::MeanOfEpochs => "No verdict: a mean over epochs has no predictions that could be compared trial by trial. \
                                  `--metric last` compares the last epochs."
            .to_owned(),
        Missing::NoPredictions { job } => format!(
            "No verdict: no predictions of {} are recorded ({}). A job's are when it finishes.",
            NAMES[job],
            status(&pair.views[job].job)
        ),
        Missing::NoTrials => "No verdict: there are no test trials.".to_owned(),
    }
}

//! Figures of sweeps with many settings: which are drawn, and what their files are called.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;

use scene::{RELU, bci3b, data_set, epoch, finished, spec};
use sweep_job::{Evidence, ModelKind, Predictions, SnapshotKind};
use sweep_report::{
    figures::{Smoothing, Style},
    plots::{MOST_FIGURES, NamedFigure, PlotKind, plots, undrawn},
    study::StudyOptions,
};

const TRIALS: usize = 40;

/// Settings of which each is better than the one before.
fn rising(settings: u32) -> Evidence {
    let mut evidence = Evidence { tail_epochs: 10, ..Evidence::default() };
    evidence
        .data_sets
        .insert(bci3b().identity, data_set((0..TRIALS as u32).map(|trial| trial % 2).collect()));
    for place in 0..settings {
        let mut spec = spec(ModelKind::EegNet, RELU);
        (spec.epochs, spec.learning_rate, spec.dropout) =
            (2, 1e-3 * f64::from(1 + place / 2), 0.25 * f64::from(place % 2));
        let accuracy = 0.5 + f64::from(place) / 200.0;
        let mut job = finished(spec, accuracy, 2);
        job.last = Some(epoch(2, accuracy, None));
        let logits = [1.0, 0.0].repeat(TRIALS);
        evidence.predictions.insert((job.id, SnapshotKind::Last), Predictions { classes: 2, logits });
        evidence.curves.insert(job.id, vec![epoch(1, accuracy, None), epoch(2, accuracy, None)]);
        evidence.jobs.push(job);
    }
    evidence
}

fn draw(evidence: &Evidence, kind: PlotKind, top: Option<usize>) -> Vec<NamedFigure> {
    let options = StudyOptions { top, ..StudyOptions::default() };
    plots(evidence, None, kind, &options, Smoothing::None)
}

#[test]
fn curves_are_those_of_the_best_settings() {
    let figures = draw(&rising(40), PlotKind::Curves, None);
    let svg = figures[0].figure.svg(&Style::default());
    // Sentences of a caption end with a full stop, the title of the data too.
    let text: Vec<&str> = svg.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect();
    let text = text.join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("data set IIIb. Showing the 12 of 40 settings with the highest accuracy"),
        "{text}"
    );
    assert!(svg.contains("0.25, 0.02") || svg.contains("0.02, 0.25"), "the best setting is drawn: {text}");
    assert!(
        !svg.contains("0.001, 0,") && !svg.contains(">0.001, 0<"),
        "the first setting is the worst: {text}"
    );
}

#[test]
fn a_figure_per_setting_is_drawn_of_the_best_ones() {
    let evidence = rising(40);
    let options = |top| StudyOptions { top, ..StudyOptions::default() };
    let figures = draw(&evidence, PlotKind::Confusion, None);
    assert_eq!(figures.len(), MOST_FIGURES);
    let words = undrawn(&evidence, None, PlotKind::Confusion, &options(None)).unwrap();
    assert!(
        words.starts_with("a figure each for 12 of 40 settings") && words.contains("`--top 40`"),
        "{words}"
    );
    assert_eq!(draw(&evidence, PlotKind::Confusion, Some(40)).len(), 40);
    assert_eq!(undrawn(&evidence, None, PlotKind::Confusion, &options(Some(40))), None);
    assert_eq!(undrawn(&evidence, None, PlotKind::Bars, &options(None)), None);
    assert_eq!(undrawn(&rising(3), None, PlotKind::Confusion, &options(None)), None);
}

#[test]
fn files_are_named_by_their_settings() {
    let names: Vec<String> =
        draw(&rising(3), PlotKind::Confusion, None).into_iter().map(|figure| figure.name).collect();
    assert_eq!(
        names,
        [
            "lab2-confusion-learning-rate-0.001-dropout-0",
            "lab2-confusion-learning-rate-0.001-dropout-0.25",
            "lab2-confusion-learning-rate-0.002-dropout-0",
        ]
    );
}

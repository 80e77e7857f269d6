//! Figures as SVG and PNG: what they hold, that nothing overlaps or is cut off, and that no input breaks them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod any_input;
mod gallery;
mod layout;
mod pictures;

use sweep_report::figures::{Curves, Figure, Mark, Part, Series, Smoothing, Style, Theme, stylesheet};

fn style(width: f64, height: f64, theme: Theme) -> Style {
    Style { width, height, theme }
}

fn small_curves() -> Curves {
    let line = |part, end| Series { mark: Mark::Best, ..gallery::curves::training("ReLU", part, 5, end, 3) };
    Curves {
        title: "ReLU & <friends>".to_owned(),
        series: vec![line(Part::Train, 0.9), line(Part::Test, 0.8)],
        smoothing: Smoothing::MovingAverage { epochs: 3 },
        notes: Vec::new(),
    }
}

#[test]
fn small_figures_stay_as_they_are() {
    let mut search = gallery::settings::search(3);
    search.axes.truncate(3);
    let mut effects = gallery::settings::effects();
    effects.panels.truncate(2);
    effects
        .panels
        .iter_mut()
        .flat_map(|panel| &mut panel.levels)
        .for_each(|level| level.accuracy.singles.truncate(2));
    let mut bars = gallery::settings::activations();
    bars.groups.truncate(1);
    let confusion = gallery::settings::confusion(&["left", "right"], 72, 3);
    for (name, figure) in [
        ("curves", Figure::Curves(small_curves())),
        ("bars", Figure::Bars(bars)),
        ("confusion", Figure::Confusion(confusion)),
        ("axis", Figure::Axis(effects)),
        ("parallel", Figure::Parallel(search)),
    ] {
        insta::assert_snapshot!(format!("{name}_light"), figure.svg(&style(480.0, 320.0, Theme::Light)));
    }
    let adaptive = Figure::Curves(small_curves()).svg(&style(480.0, 320.0, Theme::Adaptive));
    insta::assert_snapshot!("curves_adaptive", adaptive);
}

#[test]
fn pages_may_forbid_styles_and_hold_several_figures() {
    let css = stylesheet();
    for (name, figure) in gallery::gallery() {
        let svg = figure.svg(&style(880.0, 520.0, Theme::Adaptive));
        for forbidden in [" style=", "<style", " id=", "<script", "url(", "href"] {
            assert!(!svg.contains(forbidden), "{name} holds {forbidden}");
        }
        for class in
            svg.split(" class=\"").skip(1).flat_map(|rest| rest.split('"').next().unwrap().split(' '))
        {
            assert!(css.contains(&format!(".{class}{{")), "{name}: the style sheet lacks {class}");
        }
    }
}

#[test]
fn lines_and_scales_can_be_read_by_scripts() {
    let svg = Figure::Curves(gallery::curves::comparison(1201)).svg(&Style::default());
    for wanted in [
        "data-name=\"Leaky ReLU, test\"",
        "data-plot-left=",
        "data-x-low=\"0\"",
        "data-x-high=\"1201\"",
        "data-y-scale=\"linear\"",
    ] {
        assert!(svg.contains(wanted), "{wanted}");
    }
}

#[test]
fn files_are_small() {
    let curves = Figure::Curves(gallery::curves::comparison(1201)).svg(&Style::default());
    assert!(curves.len() < 60_000, "six lines of 1201 epochs take {} bytes", curves.len());
    let search = Figure::Parallel(gallery::settings::search(20_000)).svg(&Style::default());
    assert!(search.len() < 300_000, "a search of 20000 jobs takes {} bytes", search.len());
}

#[test]
fn equal_figures_are_equal_bytes() {
    for ((name, one), (_, other)) in gallery::gallery().into_iter().zip(gallery::gallery()) {
        assert_eq!(one.svg(&Style::default()), other.svg(&Style::default()), "{name}");
    }
}

#[test]
fn readers_who_do_not_see_the_figure_get_its_numbers() {
    let svg =
        Figure::Confusion(gallery::settings::confusion(&["left", "right"], 72, 3)).svg(&Style::default());
    assert!(
        svg.contains("role=\"img\"")
            && svg.contains("<title>Confusion of the test trials, 2 classes</title>")
    );
    assert!(
        svg.contains(
            "<desc>Accuracy 90.97 %: 131 of 144 trials. 2 classes. left: 65 of 72 correct, most often"
        ),
        "{svg}"
    );
}

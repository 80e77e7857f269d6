//! Figures of values and names that nobody expects.

use proptest::prelude::*;
use sweep_report::figures::*;

use crate::{layout::assert_within_canvas, style};

/// Text as users may write it, and as nobody should.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z_]{0,200}",
        Just("<&>\"'\u{0}\u{b}\u{ffff}\u{202e}\u{1f600}漢字 ".to_owned())
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..1.0f64, prop::num::f64::ANY, Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE)]
}

fn any_estimate() -> impl Strategy<Value = Estimate> {
    let singles = prop::collection::vec(any_number(), 0..5);
    let interval = prop::option::of((any_number(), any_number()));
    (any_number(), prop::option::of(any_number()), interval, singles)
        .prop_map(|(mean, deviation, interval, singles)| Estimate { mean, deviation, interval, singles })
}

fn any_level() -> impl Strategy<Value = Level> {
    prop_oneof![any_number().prop_map(Level::Number), any_text().prop_map(Level::Text)]
}

fn any_series() -> impl Strategy<Value = Series> {
    let points = prop::collection::vec((any::<u32>(), any_number()), 0..6);
    let part = prop_oneof![Just(Part::Train), Just(Part::Validation), Just(Part::Test)];
    let mark = prop_oneof![Just(Mark::None), Just(Mark::Best), any::<u32>().prop_map(Mark::Selected)];
    (any_text(), part, points, any::<bool>(), mark).prop_map(|(setting, part, points, has_band, mark)| {
        let band =
            points.iter().map(|(epoch, low)| BandPoint { epoch: *epoch, low: *low, high: 0.5 }).collect();
        let band = has_band.then(|| Band { meaning: setting.clone(), points: band });
        let points = points.into_iter().map(|(epoch, accuracy)| EpochAccuracy { epoch, accuracy }).collect();
        Series { setting, part, points, band, mark }
    })
}

fn any_figure() -> impl Strategy<Value = Figure> {
    let title = || any_text();
    let chance = || prop::option::of(any_number().prop_map(|above| Chance { above }));
    let smoothing = prop_oneof![
        Just(Smoothing::None),
        any::<u32>().prop_map(|epochs| Smoothing::MovingAverage { epochs }),
        any_number().prop_map(|weight| Smoothing::Exponential { weight }),
    ];
    let curves = (title(), prop::collection::vec(any_series(), 0..5), smoothing, any_text()).prop_map(
        |(title, series, smoothing, note)| {
            Figure::Curves(Curves { title, series, smoothing, notes: vec![note] })
        },
    );
    let row = (any_text(), any_estimate()).prop_map(|(name, accuracy)| BarRow { name, accuracy });
    let group =
        (any_text(), prop::collection::vec(row, 0..4)).prop_map(|(name, rows)| BarGroup { name, rows });
    let bars = (title(), prop::collection::vec(group, 0..3), chance()).prop_map(|(title, groups, chance)| {
        Figure::Bars(Bars { title, groups, interval_meaning: None, chance, notes: Vec::new() })
    });
    let counts =
        prop::collection::vec(prop::collection::vec(prop_oneof![0..90u64, any::<u64>()], 0..6), 0..6);
    let confusion =
        (title(), prop::collection::vec(any_text(), 0..6), counts).prop_map(|(title, classes, counts)| {
            Figure::Confusion(Confusion { title, classes, counts, notes: Vec::new() })
        });
    let level = (any_level(), any_estimate()).prop_map(|(level, accuracy)| AxisLevel { level, accuracy });
    let panel = (any_text(), prop::collection::vec(level, 0..5))
        .prop_map(|(name, levels)| AxisPanel { name, levels });
    let axis = (title(), prop::collection::vec(panel, 0..5), chance()).prop_map(|(title, panels, chance)| {
        Figure::Axis(AxisEffects { title, panels, interval_meaning: None, chance, notes: Vec::new() })
    });
    let job = (any_text(), prop::collection::vec(prop::option::of(any_level()), 0..5), any_number())
        .prop_map(|(name, levels, accuracy)| ParallelJob { name, levels, accuracy });
    let parallel = (title(), prop::collection::vec(any_text(), 0..6), prop::collection::vec(job, 0..6))
        .prop_map(|(title, axes, jobs)| Figure::Parallel(Parallel { title, axes, jobs, notes: Vec::new() }));
    prop_oneof![curves, bars, confusion, axis, parallel]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_input_makes_a_sound_figure(figure in any_figure(), width in prop_oneof![300.0..1000.0f64, any_number()]) {
        let svg = figure.svg(&style(width, 400.0, Theme::Adaptive));
        prop_assert!(!svg.contains("NaN") || format!("{figure:?}").contains("NaN"), "{}", svg);
        assert_within_canvas(&svg, "any figure");
    }
}

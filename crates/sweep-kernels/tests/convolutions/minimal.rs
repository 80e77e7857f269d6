//! Minimal filtering is the convolution, at all sizes.

use proptest::prelude::*;
use sweep_kernels::{InstructionSet, Real, TimeConvolution};

use crate::{
    definition::{Data, in_order, shuffled},
    support::slices::{assert_within, in_every_set, largest},
};

/// Errors within `tolerance` times the largest sum of magnitudes, which is what rounding is in proportion to.
fn check<T: Real>(set: InstructionSet, data: &Data<f32>, planes: &[Option<usize>], tolerance: f64) {
    let what = |name: &str| format!("{set} {name} of {:?} with lanes {planes:?}", data.sizes);
    let found = data.map::<T>(|value| value).by_minimal_filtering(set, planes);
    let expected = data.map::<f64>(|value| value).direct();
    let magnitudes = data.map::<f64>(f64::abs).direct();
    let bound = |magnitudes: &[f64]| tolerance * largest(magnitudes);
    assert_within(&found.z, &expected.z, bound(&magnitudes.z), &what("output"));
    assert_within(&found.dx, &expected.dx, bound(&magnitudes.dx), &what("gradient of the input"));
    assert_within(&found.dw, &expected.dw, bound(&magnitudes.dw), &what("gradient of the weights"));
}

fn check_in_every_set(data: &Data<f32>, planes: &[Option<usize>]) {
    in_every_set!(check(data, planes), f64: 1e-14, f32: 4e-6);
}

#[test]
fn the_smallest_and_those_of_padding_alone() {
    for (inputs, outputs, taps, padding, time) in [
        (1, 1, 1, 0, 1),
        (1, 1, 5, 0, 5),
        (1, 1, 5, 2, 1),
        (1, 1, 5, 9, 1),
        (1, 1, 17, 8, 1),
        (1, 1, 17, 9, 1),
        (3, 2, 1, 9, 2),
        (2, 3, 4, 3, 3),
        (9, 7, 3, 1, 100),
        (40, 40, 5, 2, 41),
        (40, 40, 17, 9, 41),
    ] {
        if cfg!(miri) && inputs > 9 {
            continue;
        }
        let sizes = TimeConvolution { inputs, outputs, taps, padding, time };
        check_in_every_set(&Data::new(sizes, 2, 1), &in_order(inputs));
    }
}

/// Sizes that fit each other.
fn sizes() -> impl Strategy<Value = TimeConvolution> {
    let most = if cfg!(miri) { 5 } else { 40 };
    (1usize..=most, 1usize..=most, 1usize..=17, 0usize..=9, 0usize..30).prop_map(
        |(inputs, outputs, taps, padding, more)| {
            let time = taps.saturating_sub(2 * padding).max(1) + more;
            TimeConvolution { inputs, outputs, taps, padding, time }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 96 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_sizes_and_orders_of_lanes(sizes in sizes(), trials in 1usize..=5, gaps in 0usize..20, seed in 0u64..1000) {
        let trials = if cfg!(miri) { 1 } else { trials };
        check_in_every_set(&Data::new(sizes, trials, seed), &shuffled(sizes.inputs, gaps, seed));
    }

    /// Most networks have 5 taps, which are computed in another way.
    #[test]
    fn five_taps(sizes in sizes(), trials in 1usize..=5, gaps in 0usize..20, seed in 0u64..1000) {
        let sizes = TimeConvolution { taps: 5, time: sizes.time + 4, ..sizes };
        let trials = if cfg!(miri) { 1 } else { trials };
        check_in_every_set(&Data::new(sizes, trials, seed), &shuffled(sizes.inputs, gaps, seed));
    }
}

//! Slices exactly as long as is needed are enough, and shorter ones are refused.

use sweep_kernels::{InstructionSet, Mixing, Mixture, Pooling, Real, Slopes, Stored, Tail};

use crate::support::slices::{assert_lengths_are_needed, in_every_set};

/// Both ways of pooling.
const POOLINGS: [Pooling; 2] = [Pooling::Average, Pooling::Maximum];

/// A plain mixture, and those that the backward pass takes in its two other ways.
const MIXTURES: [Mixture; 3] = [
    Mixture { channels: 1, filters: 16, copies: 1 },
    Mixture { channels: 2, filters: 8, copies: 2 },
    Mixture { channels: 3, filters: 8, copies: 2 },
];

fn tails() -> impl Iterator<Item = Tail> {
    MIXTURES.into_iter().flat_map(|mixture| {
        POOLINGS.into_iter().flat_map(move |pooling| {
            [(8, 4), (7, 3), (3, 1)].into_iter().map(move |(time, size)| {
                let activation = sweep_kernels::Activation::Elu { alpha: 1.0 };
                Tail { mixture, time, activation, pooling, size }
            })
        })
    })
}

fn take<T: Clone>(slices: &[Vec<T>], number: usize) -> Vec<T> {
    slices[number].clone()
}

fn check<T: Real>(set: InstructionSet, _: f64) {
    for tail in tails().step_by(if cfg!(miri) { 4 } else { 1 }) {
        let Mixture { channels, .. } = tail.mixture;
        let (width, planes, out) = (tail.mixture.stored(), tail.mixture.planes(), tail.out_elements());
        let what = |name: &str| format!("{set} {name} of {tail:?}");
        let weights = ("weights of the mixture", channels * planes);
        let stored = ("stored values", tail.stored_elements());
        let offsets = ("offsets of the mixture", planes);

        let lengths = [stored, weights, offsets, ("factors", out), ("results", out)];
        assert_lengths_are_needed::<T>(&lengths, &what("forward"), |slices| {
            let mixing = Mixing { weight: take(slices, 1), offset: take(slices, 2) };
            let [stored, _, _, factors, results] = slices else { unreachable!() };
            tail.forward(set, stored, &mixing, Some(factors), results);
        });

        let lengths = [
            stored,
            weights,
            offsets,
            ("means", width),
            ("factors", out),
            ("gradients", out),
            ("sums", tail.sums()),
        ];
        assert_lengths_are_needed::<T>(&lengths, &what("sum"), |slices| {
            let mixing = Mixing { weight: take(slices, 1), offset: take(slices, 2) };
            let [values, _, _, mean, factors, gradient, sums] = slices else { unreachable!() };
            let stored = Stored { values, mixing: &mixing, mean };
            tail.sum(set, stored, Some(factors), gradient, sums);
        });

        let lengths = [
            stored,
            weights,
            offsets,
            ("means", width),
            ("gradients", out),
            ("slopes", channels * width),
            ("constants", width),
            ("gradients of the stored values", tail.stored_elements()),
        ];
        assert_lengths_are_needed::<T>(&lengths, &what("backward"), |slices| {
            let mixing = Mixing { weight: take(slices, 1), offset: take(slices, 2) };
            let slopes = Slopes { slope: take(slices, 5), constant: take(slices, 6) };
            let [values, _, _, mean, gradient, _, _, out] = slices else { unreachable!() };
            tail.backward(set, Stored { values, mixing: &mixing, mean }, gradient, &slopes, out);
        });
    }
}

#[test]
fn slices_that_are_too_short_are_refused() {
    in_every_set!(check(), f64: 0.0, f32: 0.0);
}

#[test]
#[should_panic(expected = "size of a window")]
fn windows_of_no_row_are_refused() {
    let tail = Tail { size: 0, time: 3, pooling: Pooling::Maximum, ..tails().next().unwrap() };
    let mixing = Mixing { weight: vec![1.0f32; 16], offset: vec![0.0; 16] };
    tail.forward(InstructionSet::plain(), &[0.0; 48], &mixing, None, &mut [0.0; 48]);
}

#[test]
#[should_panic(expected = "planes of a filter")]
fn more_planes_a_filter_than_there_is_room_for_are_refused() {
    let mixture = Mixture { channels: 1, filters: 8, copies: 5 };
    let tail = Tail { mixture, ..tails().next().unwrap() };
    let mixing = Mixing { weight: vec![1.0f32; 40], offset: vec![0.0; 40] };
    tail.forward(InstructionSet::plain(), &vec![0.0; tail.stored_elements()], &mixing, None, &mut [0.0; 80]);
}

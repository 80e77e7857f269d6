//! The convolution of the input, against its definition.

use proptest::prelude::*;
use sweep_kernels::{InputConvolution, InstructionSet, Real, Span};

use crate::support::slices::{assert_within, exact, in_every_set, largest, normal, unwritten};

/// Signals `[trial, channel, time]`, weights and gradients of the outputs in the kernel's order.
struct Data<T> {
    layout: InputConvolution,
    signal: Vec<f32>,
    weights: Vec<T>,
    gradient: Vec<T>,
}

impl<T: Real> Data<T> {
    fn new(layout: InputConvolution, trials: usize) -> Self {
        Self {
            layout,
            signal: normal(1, trials * layout.channels * layout.time),
            weights: normal(2, layout.weights()),
            gradient: normal(3, trials * layout.out_time() * layout.out_row()),
        }
    }

    /// Outputs, and the gradient of the weights, by definition.
    fn direct(&self, value: fn(f64) -> f64) -> [Vec<f64>; 2] {
        let InputConvolution { span, channels, lanes, taps, padding, time } = self.layout;
        let (out_time, out_row) = (self.layout.out_time(), self.layout.out_row());
        let map = |values: Vec<f64>| values.into_iter().map(value).collect::<Vec<_>>();
        let (signal, weights, gradient) =
            (map(exact(&self.signal)), map(exact(&self.weights)), map(exact(&self.gradient)));
        let (mut out, mut sums) = (vec![0.0; gradient.len()], vec![0.0; weights.len()]);
        for (trial, signal) in signal.chunks_exact(channels * time).enumerate() {
            for (row, tap) in (0..out_time * taps).map(|at| (at / taps, at % taps)) {
                let Some(from) = (row + tap).checked_sub(padding).filter(|from| *from < time) else {
                    continue;
                };
                for channel in 0..channels {
                    let sample = signal[channel * time + from];
                    let (at, weight) = match span {
                        Span::AllChannels => (0, (tap * channels + channel) * lanes),
                        Span::EachChannel => (channel * lanes, tap * lanes),
                    };
                    let at = (trial * out_time + row) * out_row + at;
                    for lane in 0..lanes {
                        out[at + lane] += sample * weights[weight + lane];
                        sums[weight + lane] += sample * gradient[at + lane];
                    }
                }
            }
        }
        [out, sums]
    }

    fn by_kernel(&self, set: InstructionSet) -> [Vec<T>; 2] {
        let layout = self.layout;
        let trial = layout.out_time() * layout.out_row();
        let (mut out, mut sums) = (unwritten(self.gradient.len()), unwritten(self.weights.len()));
        let (mut laid, mut packed) = (unwritten(layout.laid()), unwritten(layout.packed()));
        let mut packed_sums = vec![T::zero(); layout.packed()];
        layout.pack(set, &self.weights, &mut packed);
        let trials = self.signal.chunks_exact(layout.channels * layout.time);
        for (number, signal) in trials.enumerate() {
            layout.lay(set, signal, &mut laid);
            layout.forward(set, &mut laid, &packed, &mut out[number * trial..][..trial]);
            layout.add_gradient(set, &mut laid, &self.gradient[number * trial..][..trial], &mut packed_sums);
        }
        layout.weight_gradient(set, &packed_sums, &mut sums);
        [out, sums]
    }
}

fn check<T: Real>(set: InstructionSet, layout: InputConvolution, trials: usize, tolerance: f64) {
    let data = Data::<T>::new(layout, trials);
    let [found, expected, magnitudes] =
        [data.by_kernel(set).map(|values| exact(&values)), data.direct(|value| value), data.direct(f64::abs)];
    for (number, name) in ["output", "gradient of the weights"].into_iter().enumerate() {
        let bound = tolerance * largest(&magnitudes[number]);
        assert_within(&found[number], &expected[number], bound, &format!("{set} {name} of {layout:?}"));
    }
}

const SPANS: [Span; 2] = [Span::AllChannels, Span::EachChannel];

#[test]
fn the_networks_sizes() {
    for (span, lanes, taps, padding) in [(Span::EachChannel, 16, 51, 25), (Span::AllChannels, 32, 5, 0)] {
        let time = if cfg!(miri) { 60 } else { 750 };
        let layout = InputConvolution { span, channels: 2, lanes, taps, padding, time };
        in_every_set!(check(layout, 2), f64: 1e-14, f32: 2e-6);
    }
}

#[test]
fn a_convolution_by_hand() {
    for set in InstructionSet::available() {
        for span in SPANS {
            let layout = InputConvolution { span, channels: 1, lanes: 8, taps: 3, padding: 2, time: 3 };
            let (mut laid, mut packed) = (unwritten(layout.laid()), unwritten(layout.packed()));
            layout.lay(set, &[1.0, 2.0, 3.0], &mut laid);
            let weights: Vec<f32> = [1.0, 10.0, 100.0].into_iter().flat_map(|weight| [weight; 8]).collect();
            layout.pack(set, &weights, &mut packed);
            let mut out = [f32::NAN; 40];
            layout.forward(set, &mut laid, &packed, &mut out);
            let expected = [100.0f32, 210.0, 321.0, 32.0, 3.0];
            for (row, expected) in out.chunks_exact(8).zip(expected) {
                assert!(row.iter().all(|value| (value - expected).abs() < 1e-3), "{out:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 3 } else { 96 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_sizes(
        span in prop::sample::select(&SPANS[..]),
        channels in 1usize..7,
        vectors in 1usize..8,
        taps in 1usize..55,
        padding in 0usize..28,
        more in 0usize..40,
        trials in 1usize..4,
    ) {
        let time = taps.saturating_sub(2 * padding).max(1) + more;
        let layout = InputConvolution { span, channels, lanes: 8 * vectors, taps, padding, time };
        in_every_set!(check(layout, trials), f64: 1e-14, f32: 2e-6);
    }
}

//! Slices exactly as long as is needed are enough, and shorter ones are refused.

use sweep_kernels::{InputConvolution, InstructionSet, PackedWeights, Real, Span, TimeConvolution, Winograd};

use crate::{
    definition::{in_order, shuffled},
    support::slices::{assert_lengths_are_needed, in_every_set, normal},
};

const SIZES: [TimeConvolution; 6] = [
    TimeConvolution { inputs: 9, outputs: 8, taps: 5, padding: 0, time: 16 },
    TimeConvolution { inputs: 9, outputs: 10, taps: 5, padding: 2, time: 13 },
    TimeConvolution { inputs: 8, outputs: 17, taps: 3, padding: 1, time: 9 },
    TimeConvolution { inputs: 1, outputs: 1, taps: 1, padding: 0, time: 1 },
    TimeConvolution { inputs: 5, outputs: 16, taps: 15, padding: 7, time: 11 },
    TimeConvolution { inputs: 16, outputs: 9, taps: 7, padding: 0, time: 7 },
];

fn check_minimal<T: Real>(set: InstructionSet, _: f64) {
    for sizes in SIZES.into_iter().step_by(if cfg!(miri) { 4 } else { 1 }) {
        for planes in [in_order(sizes.inputs), shuffled(sizes.inputs, 9, 3)] {
            let what = |name: &str| format!("{set} {name} of {sizes:?}");
            let last_is_used = planes.iter().next_back().is_some_and(Option::is_some);
            let layout = Winograd::new(sizes, planes);
            let weights = sizes.outputs * sizes.inputs * sizes.taps;
            let mut packed = PackedWeights::default();
            layout.pack(set, &normal::<T>(1, weights), &mut packed);
            assert_lengths_are_needed::<T>(&[("weights", weights)], &what("pack"), |slices| {
                layout.pack(set, &slices[0], &mut PackedWeights::default());
            });

            let x = ("input", layout.input_rows() * layout.lanes());
            let z = ("output", sizes.out_time() * layout.out_lanes());
            let scratch = ("scratch", layout.scratch());
            assert_lengths_are_needed::<T>(&[x, z, scratch], &what("forward"), |slices| {
                let [x, z, scratch] = slices else { unreachable!() };
                layout.forward(set, &packed, x, z, scratch);
            });

            let dz = ("gradient of the output", layout.gradient_rows() * layout.out_lanes());
            let at_points = ("gradient at the points", layout.gradient_elements());
            assert_lengths_are_needed::<T>(&[dz, x, at_points, scratch], &what("backward"), |slices| {
                let [dz, x, at_points, scratch] = slices else { unreachable!() };
                layout.backward(set, &packed, dz, x, at_points, scratch);
            });

            // Of the points of lanes without a plane nothing is read.
            if !last_is_used {
                continue;
            }
            let gradient = ("gradient of the weights", weights);
            assert_lengths_are_needed::<T>(&[at_points, gradient], &what("weight_gradient"), |slices| {
                let [at_points, gradient] = slices else { unreachable!() };
                layout.weight_gradient(set, at_points, gradient);
            });
        }
    }
}

#[test]
fn minimal_filtering() {
    in_every_set!(check_minimal(), f64: 0.0, f32: 0.0);
}

fn check_input<T: Real>(set: InstructionSet, _: f64) {
    for (channels, lanes, taps, padding, time) in [(2, 16, 51, 25, 60), (3, 24, 5, 0, 5), (1, 8, 1, 0, 1)] {
        for span in [Span::AllChannels, Span::EachChannel] {
            let layout = InputConvolution { span, channels, lanes, taps, padding, time };
            let what = |name: &str| format!("{set} {name} of {layout:?}");
            let laid = ("laid-out trial", layout.laid());
            assert_lengths_are_needed::<T>(&[laid], &what("lay"), |slices| {
                layout.lay(set, &normal::<f32>(1, channels * time), &mut slices[0]);
            });
            let (weights, packed) = (("weights", layout.weights()), ("packed weights", layout.packed()));
            let out = ("output", layout.out_time() * layout.out_row());
            assert_lengths_are_needed::<T>(&[weights, packed], &what("pack"), |slices| {
                let [weights, packed] = slices else { unreachable!() };
                layout.pack(set, weights, packed);
            });
            assert_lengths_are_needed::<T>(&[packed, weights], &what("weight_gradient"), |slices| {
                let [packed, weights] = slices else { unreachable!() };
                layout.weight_gradient(set, packed, weights);
            });
            assert_lengths_are_needed::<T>(&[laid, packed, out], &what("forward"), |slices| {
                let [laid, packed, out] = slices else { unreachable!() };
                layout.forward(set, laid, packed, out);
            });
            assert_lengths_are_needed::<T>(&[laid, out, packed], &what("add_gradient"), |slices| {
                let [laid, out, gradient] = slices else { unreachable!() };
                layout.add_gradient(set, laid, out, gradient);
            });
        }
    }
}

#[test]
fn convolutions_of_the_input() {
    in_every_set!(check_input(), f64: 0.0, f32: 0.0);
}

#[test]
#[should_panic(expected = "lanes of a convolution")]
fn lanes_that_are_no_whole_vectors_are_refused() {
    Winograd::new(SIZES[0], vec![Some(0); 9]);
}

#[test]
#[should_panic(expected = "taps of a convolution")]
fn a_filter_longer_than_the_padded_input_is_refused() {
    Winograd::new(TimeConvolution { taps: 6, padding: 1, time: 3, ..SIZES[0] }, in_order(9));
}

//! What minimal filtering costs in accuracy, at the networks' sizes, beside a convolution that is summed in order.

use sweep_kernels::{InstructionSet, TimeConvolution};

use crate::definition::{Data, Results, in_order};

/// DeepConvNet's convolutions by F(4, 5), and EEGNet's by F(4, 4), on 4 trials.
const SIZES: [TimeConvolution; 4] = [
    TimeConvolution { inputs: 25, outputs: 50, taps: 5, padding: 0, time: 373 },
    TimeConvolution { inputs: 50, outputs: 100, taps: 5, padding: 0, time: 184 },
    TimeConvolution { inputs: 100, outputs: 200, taps: 5, padding: 0, time: 90 },
    TimeConvolution { inputs: 32, outputs: 32, taps: 15, padding: 7, time: 187 },
];

/// The largest and the root mean square of the errors, both relative to the root mean square of the exact values.
fn errors(found: &[f32], exact: &[f64]) -> [f64; 2] {
    let root_mean_square = |values: &mut dyn Iterator<Item = f64>| {
        (values.map(|value| value * value).sum::<f64>() / exact.len() as f64).sqrt()
    };
    let scale = root_mean_square(&mut exact.iter().copied());
    let differences = || found.iter().zip(exact).map(|(found, exact)| f64::from(*found) - exact);
    let largest = differences().fold(0.0f64, |largest, difference| largest.max(difference.abs()));
    [largest / scale, root_mean_square(&mut differences()) / scale]
}

/// The errors of outputs, input gradients and weight gradients.
fn all_errors(found: &Results<f32>, exact: &Results<f64>) -> [[f64; 2]; 3] {
    [errors(&found.z, &exact.z), errors(&found.dx, &exact.dx), errors(&found.dw, &exact.dw)]
}

#[test]
#[cfg_attr(miri, ignore = "a comparison of numbers, at sizes that take hours under an interpreter")]
fn errors_are_at_most_a_few_times_those_of_sums_in_order() {
    for sizes in &SIZES {
        let data = Data::<f32>::new(*sizes, 4, 11);
        let exact = data.map::<f64>(|value| value).direct();
        let direct = all_errors(&data.direct(), &exact);
        let print = |name: &str, errors: [[f64; 2]; 3]| {
            let columns = errors.map(|[largest, mean]| format!("{largest:.2e} {mean:.2e}")).join(" | ");
            let TimeConvolution { inputs, outputs, taps, .. } = sizes;
            println!("{inputs:>3} -> {outputs:>3}, {taps:>2} taps, {name:>7}: {columns}");
        };
        print("direct", direct);
        for set in InstructionSet::available() {
            let found = all_errors(&data.by_minimal_filtering(set, &in_order(sizes.inputs)), &exact);
            print(set.name(), found);
            for (number, name) in ["output", "input gradient", "weight gradient"].into_iter().enumerate() {
                let [ratio_of_largest, ratio_of_means] =
                    [0, 1].map(|kind| found[number][kind] / direct[number][kind]);
                let within = ratio_of_largest < 4.0 && ratio_of_means < 3.0 && found[number][0] < 1.5e-5;
                assert!(within, "{set} {name} of {sizes:?}: {found:?}, in order {direct:?}");
            }
        }
    }
}

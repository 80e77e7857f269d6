//! Against the definition of a convolution, in every instruction set.

use super::*;
use crate::vector::InstructionSet;

struct Case {
    sizes: TimeConvolution,
    trials: usize,
    /// Lanes of the input in the order of their planes, or shuffled and with gaps.
    lanes: usize,
}

fn numbers(count: usize, factor: f64) -> Vec<f64> {
    (0..count).map(|i| ((i + 1) as f64 * factor).sin()).collect()
}

fn planes(case: &Case) -> Vec<Option<usize>> {
    (0..case.lanes)
        .map(|lane| {
            let plane = if case.lanes > in_lanes(case.sizes.inputs) { lane / 2 } else { lane };
            (plane < case.sizes.inputs && (plane == lane || lane % 2 == 0)).then_some(plane)
        })
        .collect()
}

fn close<T: Real>(found: &[T], expected: &[f64], tolerance: f64, what: &str) {
    let scale = expected.iter().fold(1e-3f64, |most, value| most.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found.to_f64() - expected).abs() / scale;
        assert!(difference < tolerance, "{what} {index}: {:?} instead of {expected}", found.to_f64());
    }
}

fn check<T: Real>(set: InstructionSet, case: &Case, tolerance: f64) {
    let TimeConvolution { inputs, outputs, taps, padding, time } = case.sizes;
    let layout = Winograd::new(case.sizes, planes(case));
    let convert = |values: &[f64]| values.iter().map(|value| T::from_f64(*value)).collect::<Vec<T>>();
    let (w, out_time) = (numbers(outputs * inputs * taps, 0.37), case.sizes.out_time());
    let x = numbers(case.trials * time * inputs, 0.71);
    let dz = numbers(case.trials * out_time * outputs, 1.3);
    let mut z = vec![0.0; dz.len()];
    let (mut dw, mut dx) = (vec![0.0; w.len()], vec![0.0; x.len()]);
    for trial in 0..case.trials {
        for t in 0..out_time {
            for (o, i, k) in (0..outputs * inputs * taps)
                .map(|index| (index / (inputs * taps), index / taps % inputs, index % taps))
            {
                let Some(from) = (t + k).checked_sub(padding).filter(|from| *from < time) else { continue };
                let (x_at, w_at) = ((trial * time + from) * inputs + i, (o * inputs + i) * taps + k);
                let z_at = (trial * out_time + t) * outputs + o;
                z[z_at] += x[x_at] * w[w_at];
                dw[w_at] += x[x_at] * dz[z_at];
                dx[x_at] += w[w_at] * dz[z_at];
            }
        }
    }
    let (lanes, out_lanes) = (layout.lanes(), layout.out_lanes());
    let mut laid = vec![T::zero(); case.trials * layout.input_rows() * lanes];
    let mut laid_dz = vec![T::zero(); case.trials * layout.gradient_rows() * out_lanes];
    for (index, value) in convert(&x).into_iter().enumerate() {
        let (trial, t, i) = (index / (time * inputs), index / inputs % time, index % inputs);
        let lane = layout.planes.iter().position(|plane| *plane == Some(i)).unwrap();
        laid[(trial * layout.input_rows() + padding + t) * lanes + lane] = value;
    }
    for (index, value) in convert(&dz).into_iter().enumerate() {
        let (trial, t, o) = (index / (out_time * outputs), index / outputs % out_time, index % outputs);
        laid_dz[(trial * layout.gradient_rows() + t) * out_lanes + o] = value;
    }
    let mut packed = PackedWeights::default();
    layout.pack(set, &convert(&w), &mut packed);
    let mut scratch = vec![T::zero(); layout.scratch()];
    let mut laid_z = vec![T::zero(); case.trials * out_time * out_lanes];
    let (input, output) = (layout.input_rows() * lanes, layout.gradient_rows() * out_lanes);
    for (x, z) in laid.chunks_exact(input).zip(laid_z.chunks_exact_mut(out_time * out_lanes)) {
        layout.forward(set, &packed, x, z, &mut scratch);
    }
    let found: Vec<T> = laid_z.chunks(out_lanes).flat_map(|row| row[..outputs].to_vec()).collect();
    close(&found, &z, tolerance, &format!("{set} {:?} z", case.sizes));
    let mut at_points = vec![T::zero(); layout.gradient_elements()];
    for (x, dz) in laid.chunks_exact_mut(input).zip(laid_dz.chunks_exact(output)) {
        layout.backward(set, &packed, dz, x, &mut at_points, &mut scratch);
    }
    let mut found = vec![T::zero(); w.len()];
    layout.weight_gradient(set, &at_points, &mut found);
    close(&found, &dw, tolerance, &format!("{set} {:?} dw", case.sizes));
    let mut expected = vec![0.0; laid.len()];
    for (index, value) in dx.into_iter().enumerate() {
        let (trial, t, i) = (index / (time * inputs), index / inputs % time, index % inputs);
        let lane = layout.planes.iter().position(|plane| *plane == Some(i)).unwrap();
        expected[(trial * layout.input_rows() + padding + t) * lanes + lane] = value;
    }
    close(&laid, &expected, tolerance, &format!("{set} {:?} dx", case.sizes));
}

#[test]
fn convolutions_are_those_of_the_definition() {
    let case = |inputs, outputs, taps, padding, time, trials, lanes| Case {
        sizes: TimeConvolution { inputs, outputs, taps, padding, time },
        trials,
        lanes,
    };
    let cases = [
        case(25, 50, 5, 0, 37, 3, 32),
        case(3, 5, 5, 2, 9, 1, 8),
        case(1, 1, 5, 0, 5, 2, 8),
        case(32, 32, 15, 7, 21, 1, 32),
        case(6, 9, 15, 7, 8, 1, 16),
        case(5, 3, 3, 1, 10, 4, 8),
        case(4, 2, 7, 0, 7, 1, 8),
        case(2, 8, 1, 0, 6, 3, 8),
    ];
    for case in &cases {
        check::<f64>(InstructionSet::plain(), case, 1e-12);
        for set in InstructionSet::available() {
            check::<f32>(set, case, 2e-5);
        }
    }
}

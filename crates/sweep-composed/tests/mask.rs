//! The composed dropout has the masks of the kernels.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Tensor};
use support::{dropout_stream, random, values};
use sweep_composed::operations::dropout;
use sweep_kernels::{InstructionSet, Mask, in_lanes};

fn factors(mask: Mask, first: usize, count: usize) -> Vec<f64> {
    let mut factors = vec![-1.0; count];
    mask.factors(InstructionSet::detect(), first, &mut factors);
    factors
}

/// Which of a trial's lanes, `[copy, filter]`, holds a plane, `[filter, copy]`.
fn lane(plane: usize, planes: usize, copies: usize) -> usize {
    plane % copies * in_lanes(planes / copies) + plane / copies
}

#[test]
fn the_composed_dropout_has_the_same_masks() {
    for (planes, copies) in [(8, 1), (5, 1), (16, 2), (6, 2), (32, 2), (9, 3), (24, 3)] {
        let (trials, time) = (3, 7);
        let lanes = copies * in_lanes(planes / copies);
        let x = random(1, &[trials, planes, 1, time]);
        let mask = Mask::new(0.3, dropout_stream(8)).unwrap();
        for dtype in [DType::F32, DType::F64] {
            let x = x.to_dtype(dtype).unwrap();
            let found = values(&dropout(&x, mask, copies).unwrap());
            for trial in 0..trials {
                // As a network draws them: one trial after another.
                let laid = factors(mask, trial * time * lanes, time * lanes);
                for (plane, t) in (0..planes * time).map(|at| (at / time, at % time)) {
                    let factor = laid[t * lanes + lane(plane, planes, copies)];
                    let factor = Tensor::new(factor, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
                    let at = (trial * planes + plane) * time + t;
                    let single = x.flatten_all().unwrap().get(at).unwrap();
                    assert_eq!(found[at], values(&(single * factor).unwrap())[0]);
                }
            }
        }
    }
}

//! Values at which a convention decides: zeros, ties, infinities and NaN.

use candle_core::{Tensor, Var};
use sweep_composed::operations::{activate, pool};
use sweep_kernels::{Activation, InstructionSet, Mixing, Mixture, Pooling, Real, Slopes, Stored, Tail};

use crate::{
    reference::{ACTIVATIONS, POOLINGS, vector},
    support::{
        slices::{assert_within, in_every_set, largest, unwritten},
        values,
    },
};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
/// The smallest positive normal float32.
const TINY: f64 = f32::MIN_POSITIVE as f64;

/// Windows of three samples whose gradient is defined.
const FINITE: [[f64; 3]; 16] = [
    [1.0, 1.0, 0.5],
    [0.5, 1.0, 1.0],
    [2.0, 1.0, 2.0],
    [2.0, 2.0, 2.0],
    [0.0, 0.0, 0.0],
    [-0.0, 0.0, -0.0],
    [0.0, -0.0, -1.0],
    [-1.0, 0.0, 0.0],
    [-1.0, -1.0, -2.0],
    [-3.0, -2.0, -2.0],
    [-TINY, TINY, 0.0],
    [TINY, TINY, -TINY],
    [-80.0, -90.0, -100.0],
    [-1e38, -1e5, -1e10],
    [1e38, -1e38, 1.0],
    [-1.0, 1.0, -1.0],
];

/// Windows with what is no finite number.
const OTHERS: [[f64; 3]; 16] = [
    [INF, 1.0, 2.0],
    [1.0, INF, INF],
    [-INF, 1.0, 2.0],
    [-INF, -INF, -INF],
    [-INF, INF, 0.0],
    [-INF, -1.0, -2.0],
    [1.0, -INF, -1.0],
    [0.0, -INF, 0.0],
    [NAN, NAN, NAN],
    [1.0, 2.0, NAN],
    [1.0, NAN, 2.0],
    [NAN, 1.0, 2.0],
    [NAN, -1.0, -2.0],
    [-1.0, -2.0, NAN],
    [NAN, INF, -INF],
    [-INF, INF, NAN],
];

/// A window in each lane, as the only one of a trial.
struct Windows<'a> {
    windows: &'a [[f64; 3]],
    activation: Activation,
    pooling: Pooling,
}

impl Windows<'_> {
    fn tail(&self) -> Tail {
        let Self { activation, pooling, .. } = *self;
        Tail { mixture: Mixture::plain(self.windows.len()), time: 3, activation, pooling, size: 3 }
    }

    fn stored<T: Real>(&self) -> Vec<T> {
        (0..3).flat_map(|row| self.windows.iter().map(move |window| T::from_f64(window[row]))).collect()
    }

    /// A mixture that changes nothing.
    fn mixing<T: Real>(&self) -> Mixing<T> {
        let lanes = self.windows.len();
        Mixing { weight: vec![T::one(); lanes], offset: vec![T::zero(); lanes] }
    }

    /// One gradient a window.
    fn gradient(&self) -> Vec<f64> {
        (1..=self.windows.len()).map(|number| number as f64).collect()
    }

    fn tensor(&self) -> Tensor {
        vector(self.windows.as_flattened().to_vec()).reshape((self.windows.len(), 3)).unwrap()
    }

    fn compose(&self, x: &Tensor) -> Tensor {
        pool(&activate(x, self.activation).unwrap(), self.pooling, 3).unwrap().squeeze(1).unwrap()
    }

    fn what(&self, set: InstructionSet) -> String {
        format!("{set} {:?} {:?}", self.activation, self.pooling)
    }
}

fn all(windows: &[[f64; 3]]) -> impl Iterator<Item = Windows<'_>> {
    ACTIVATIONS.into_iter().flat_map(move |activation| {
        POOLINGS.into_iter().map(move |pooling| Windows { windows, activation, pooling })
    })
}

fn check_results<T: Real>(set: InstructionSet, windows: &[[f64; 3]], tolerance: f64) {
    for windows in all(windows) {
        let mut out = unwritten::<T>(windows.windows.len());
        windows.tail().forward(set, &windows.stored(), &windows.mixing(), None, &mut out);
        for (lane, (found, expected)) in
            out.iter().zip(values(&windows.compose(&windows.tensor()))).enumerate()
        {
            let what = format!("{}: {:?}", windows.what(set), windows.windows[lane]);
            // The composed ELU is a difference from 1.
            assert_within(&[*found], &[expected], tolerance * largest(&[1.0, expected]), &what);
        }
    }
}

#[test]
fn results_at_zeros_ties_and_large_values() {
    in_every_set!(check_results(&FINITE), f64: 1e-14, f32: 3e-7);
}

#[test]
fn infinities_and_nan_stay_what_they_are() {
    in_every_set!(check_results(&OTHERS), f64: 1e-14, f32: 3e-7);
}

fn check_gradients<T: Real>(set: InstructionSet, tolerance: f64) {
    for windows in all(&FINITE) {
        let (tail, lanes) = (windows.tail(), windows.windows.len());
        let zeros = vec![T::zero(); lanes];
        let mut gradient: Vec<T> = windows.gradient().into_iter().map(T::from_f64).collect();
        let (values_of, mixing) = (windows.stored(), windows.mixing());
        let stored = Stored { values: &values_of, mixing: &mixing, mean: &zeros };
        tail.sum(set, stored, None, &mut gradient, &mut unwritten(tail.sums()));
        let slopes = Slopes { slope: zeros.clone(), constant: zeros.clone() };
        let mut out = unwritten::<T>(3 * lanes);
        tail.backward(set, stored, &gradient, &slopes, &mut out);

        let x = Var::from_tensor(&windows.tensor()).unwrap();
        let loss = (windows.compose(x.as_tensor()) * vector(windows.gradient())).unwrap().sum_all().unwrap();
        let expected = values(loss.backward().unwrap().get(&x).unwrap());
        for (lane, expected) in expected.chunks_exact(3).enumerate() {
            let found: Vec<T> = (0..3).map(|row| out[row * lanes + lane]).collect();
            let what = format!("{}: {:?}", windows.what(set), windows.windows[lane]);
            // Beside a slope of 1, what is left of exp(-90) does not count.
            assert_within(&found, expected, tolerance * largest(expected).max(1.0), &what);
        }
    }
}

#[test]
fn gradients_at_zeros_and_ties_are_those_of_the_composed_operations() {
    in_every_set!(check_gradients(), f64: 1e-14, f32: 3e-7);
}

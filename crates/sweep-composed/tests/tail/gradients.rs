//! The sums and the gradient of the stored values: by their definition, and as the gradient through a batch normalisation.

use candle_core::{Result, Tensor, Var};
use sweep_composed::operations::batch_norm_training;
use sweep_kernels::{InstructionSet, Mixing, Mixture, Moments, Real, Slopes, Stored, TrialMoments};

use crate::{
    reference::{Case, cases, planes_first, time_first, vector},
    support::{
        slices::{assert_near, exact, in_every_set, normal, unwritten},
        tensor, values,
    },
};

/// What the kernels give for all trials: the sums over the trials, and the gradient of the stored values by `slopes`, which follow from
/// the sums.
fn backward<T: Real>(
    set: InstructionSet,
    case: &Case,
    mixing: &Mixing<T>,
    mean: &[T],
    slopes: impl FnOnce(&[f64]) -> Slopes<T>,
) -> (Vec<f64>, Vec<T>) {
    let tail = case.tail;
    let (values, mut gradient) = (case.stored::<T>(), case.gradient::<T>());
    let stored = |trial: usize| Stored {
        values: &values[trial * tail.stored_elements()..][..tail.stored_elements()],
        mixing,
        mean,
    };
    let mut totals = vec![0.0; tail.sums()];
    for (trial, gradient) in gradient.chunks_exact_mut(tail.out_elements()).enumerate() {
        let mut sums = unwritten::<T>(tail.sums());
        tail.sum(set, stored(trial), case.factors(set, trial).as_deref(), gradient, &mut sums);
        totals.iter_mut().zip(exact(&sums)).for_each(|(total, sum)| *total += sum);
    }
    let slopes = slopes(&totals);
    let mut out = unwritten(values.len());
    for (trial, out) in out.chunks_exact_mut(tail.stored_elements()).enumerate() {
        let gradient = &gradient[trial * tail.out_elements()..][..tail.out_elements()];
        tail.backward(set, stored(trial), gradient, &slopes, out);
    }
    (totals, out)
}

/// Both sweeps with random means and slopes, against their definition; g comes from the composed operations.
fn check_definition<T: Real>(set: InstructionSet, cases: &[Case], tolerance: f64) {
    for case in cases {
        let what = format!("{set} {case:?}");
        let Mixture { channels, filters, copies } = case.tail.mixture;
        let (width, planes) = (case.tail.mixture.stored(), case.tail.mixture.planes());
        let (mixing, mean) = (case.mixing::<T>(), normal::<T>(case.seed + 40_000, width));
        let slopes = Slopes {
            slope: normal::<T>(case.seed + 50_000, channels * width),
            constant: normal::<T>(case.seed + 60_000, width),
        };
        let given = slopes.clone();
        let (sums, out) = backward(set, case, &mixing, &mean, |_| given);

        let normalised = Var::from_tensor(&case.mixed::<T>().unwrap()).unwrap();
        let g = values(&case.gradient_of::<T>(&normalised, |x| case.results(x)).unwrap());
        let stored = exact(&case.stored::<T>());
        let (weight, mean, slope) = (exact(&mixing.weight), exact(&mean), exact(&slopes.slope));
        let mut expected_sums = vec![0.0; sums.len()];
        let mut expected: Vec<f64> = exact(&slopes.constant).repeat(case.trials * case.tail.time);
        for (row, g) in g.chunks_exact(planes).enumerate() {
            let distance = |at: usize| stored[row * width + at] - mean[at];
            let out = &mut expected[row * width..][..width];
            for (channel, filter) in (0..width).map(|at| (at / filters, at % filters)) {
                let at = channel * filters + filter;
                for copy in 0..copies {
                    let plane = copy * filters + filter;
                    out[at] += weight[channel * planes + plane] * g[plane];
                    expected_sums[(1 + channel) * planes + plane] += g[plane] * distance(at);
                }
                for other in 0..channels {
                    let other = other * filters + filter;
                    out[at] += slope[channel * width + other] * distance(other);
                }
            }
            expected_sums.iter_mut().zip(g).for_each(|(sum, g)| *sum += g);
        }
        assert_near(&sums, &expected_sums, tolerance, &format!("sums of {what}"));
        assert_near(&out, &expected, tolerance, &format!("gradient of {what}"));
    }
}

#[test]
fn both_sweeps_are_their_definition() {
    let cases = cases(&[(1, 1), (13, 4), (9, 3)]);
    in_every_set!(check_definition(&cases), f64: 1e-13, f32: 4e-6);
}

const EPSILON: f64 = 1e-5;

/// A batch normalisation of z, the mixture of the stored values u by `depthwise` `[channel, copy, filter]`: its coefficients from the
/// moments of u.
struct Norm {
    depthwise: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
}

impl Norm {
    fn new(case: &Case) -> Self {
        let Mixture { channels, .. } = case.tail.mixture;
        let planes = case.tail.mixture.planes();
        let numbers = |number: u64, count| normal::<f64>(case.seed + number * 10_000, count);
        Self {
            depthwise: numbers(7, channels * planes),
            weight: numbers(8, planes),
            bias: numbers(9, planes),
        }
    }

    fn mean(&self, mixture: Mixture, moments: &Moments, plane: usize) -> f64 {
        let of = |channel: usize| {
            self.depthwise[channel * mixture.planes() + plane]
                * moments.mean[channel * mixture.filters + plane % mixture.filters]
        };
        (0..mixture.channels).map(of).sum()
    }

    /// 1 / the deviation of z.
    fn inverse(&self, mixture: Mixture, moments: &Moments, plane: usize) -> f64 {
        let mut squares = 0.0;
        for first in 0..mixture.channels {
            for second in 0..mixture.channels {
                let product =
                    moments.products[mixture.pair(first, second) * mixture.filters + plane % mixture.filters];
                let [v, w] =
                    [first, second].map(|channel| self.depthwise[channel * mixture.planes() + plane]);
                squares += v * w * product;
            }
        }
        1.0 / (squares / moments.count + EPSILON).sqrt()
    }

    fn mixing<T: Real>(&self, mixture: Mixture, moments: &Moments) -> Mixing<T> {
        let planes = mixture.planes();
        let scale = |plane: usize| self.weight[plane] * self.inverse(mixture, moments, plane);
        let weight = |at: usize| T::from_f64(self.depthwise[at] * scale(at % planes));
        let offset =
            |plane: usize| T::from_f64(self.bias[plane] - scale(plane) * self.mean(mixture, moments, plane));
        Mixing {
            weight: (0..mixture.channels * planes).map(weight).collect(),
            offset: (0..planes).map(offset).collect(),
        }
    }

    /// dz = b (g - mean(g) - (z - its mean) mean(g (z - its mean)) / variance), with b = weight / deviation; du = v dz.
    fn slopes<T: Real>(&self, mixture: Mixture, moments: &Moments, sums: &[f64]) -> Slopes<T> {
        let Mixture { channels, filters, .. } = mixture;
        let (planes, width) = (mixture.planes(), mixture.stored());
        let (mut slope, mut constant) = (vec![0.0; channels * width], vec![0.0; width]);
        for plane in 0..planes {
            let (filter, inverse) = (plane % filters, self.inverse(mixture, moments, plane));
            let v = |channel: usize| self.depthwise[channel * planes + plane];
            let with_z: f64 =
                (0..channels).map(|channel| v(channel) * sums[(1 + channel) * planes + plane]).sum();
            for channel in 0..channels {
                let factor = v(channel) * self.weight[plane] * inverse / moments.count;
                constant[channel * filters + filter] -= factor * sums[plane];
                for other in 0..channels {
                    slope[channel * width + other * filters + filter] -=
                        factor * inverse * inverse * with_z * v(other);
                }
            }
        }
        let convert = |values: Vec<f64>| values.into_iter().map(T::from_f64).collect();
        Slopes { slope: convert(slope), constant: convert(constant) }
    }

    /// The same normalisation, composed.
    fn compose(&self, case: &Case, stored: &Tensor) -> Result<Tensor> {
        let Mixture { channels, filters, copies } = case.tail.mixture;
        let z = case.mix(stored, &tensor(&self.depthwise, &[channels, copies, filters]))?;
        // PyTorch's order of planes is (filter, copy).
        let ordered = |values: &[f64]| {
            let planes = (0..filters * copies).map(|plane| values[plane % copies * filters + plane / copies]);
            vector(planes.collect())
        };
        let x = planes_first(&z)?;
        let normalised = batch_norm_training(&x, &ordered(&self.weight), &ordered(&self.bias), EPSILON)?;
        time_first(&normalised.output, copies)
    }
}

/// Both sweeps as the backward pass of a batch normalisation, against the gradient of the composed operations.
fn check_batch_norm<T: Real>(set: InstructionSet, cases: &[Case], tolerance: f64) {
    for case in cases {
        let (what, mixture, norm) = (format!("{set} {case:?}"), case.tail.mixture, Norm::new(case));
        let mut moments = Moments::new(mixture);
        for stored in case.stored::<T>().chunks_exact(case.tail.stored_elements()) {
            let mut trial = TrialMoments::<T>::new(mixture);
            trial.take(set, mixture, stored);
            moments.add_trial(mixture, case.tail.time, &trial);
        }
        let mean: Vec<T> = moments.mean.iter().map(|mean| T::from_f64(*mean)).collect();
        let mixing = norm.mixing(mixture, &moments);
        let (_, out) = backward(set, case, &mixing, &mean, |sums| norm.slopes(mixture, &moments, sums));
        let stored = Var::from_tensor(&case.stored_tensor::<T>()).unwrap();
        let composed = |stored: &Tensor| case.results(&norm.compose(case, stored)?);
        let expected = values(&case.gradient_of::<T>(&stored, composed).unwrap());
        assert_near(&out, &expected, tolerance, &what);
    }
}

#[test]
fn the_gradient_passes_through_a_batch_normalisation() {
    let cases = cases(&[(13, 4), (7, 1)]);
    in_every_set!(check_batch_norm(&cases), f64: 1e-12, f32: 2e-5);
}

//! A convolution along time and its gradients as sums in order, and the same by minimal filtering.

use sweep_kernels::{InstructionSet, PackedWeights, Real, TimeConvolution, Winograd, in_lanes};
use sweep_random::{Purpose, Stream};

use crate::support::slices::{normal, unwritten};

/// Weights `[output, input, tap]`, inputs `[trial, input, time]`, and gradients of the outputs `[trial, output, out_time]`.
#[derive(Debug, Clone)]
pub(crate) struct Data<T> {
    pub(crate) sizes: TimeConvolution,
    pub(crate) trials: usize,
    pub(crate) weight: Vec<T>,
    pub(crate) x: Vec<T>,
    pub(crate) dz: Vec<T>,
}

/// Outputs, and gradients of inputs and weights.
#[derive(Debug, Clone)]
pub(crate) struct Results<T> {
    pub(crate) z: Vec<T>,
    pub(crate) dx: Vec<T>,
    pub(crate) dw: Vec<T>,
}

impl<T: Real> Data<T> {
    /// Normal numbers.
    pub(crate) fn new(sizes: TimeConvolution, trials: usize, seed: u64) -> Self {
        let TimeConvolution { inputs, outputs, taps, time, .. } = sizes;
        Self {
            sizes,
            trials,
            weight: normal(seed + 1, outputs * inputs * taps),
            x: normal(seed + 2, trials * inputs * time),
            dz: normal(seed + 3, trials * outputs * sizes.out_time()),
        }
    }

    /// The same numbers through `value`.
    pub(crate) fn map<U: Real>(&self, value: impl Fn(f64) -> f64) -> Data<U> {
        let all = |values: &[T]| values.iter().map(|x| U::from_f64(value(x.to_f64()))).collect();
        let (sizes, trials) = (self.sizes, self.trials);
        Data { sizes, trials, weight: all(&self.weight), x: all(&self.x), dz: all(&self.dz) }
    }

    /// The definition, each sum in order.
    pub(crate) fn direct(&self) -> Results<T> {
        let TimeConvolution { inputs, outputs, taps, padding, time } = self.sizes;
        let out_time = self.sizes.out_time();
        let zeros = |count: usize| vec![T::zero(); count];
        let (mut z, mut dx, mut dw) = (zeros(self.dz.len()), zeros(self.x.len()), zeros(self.weight.len()));
        for (number, dz) in self.dz.chunks_exact(out_time).enumerate() {
            let (trial, output) = (number / outputs, number % outputs);
            let z = &mut z[number * out_time..][..out_time];
            for input in 0..inputs {
                let inner = (trial * inputs + input) * time;
                let (x, dx) = (&self.x[inner..][..time], &mut dx[inner..][..time]);
                for tap in 0..taps {
                    // Output t meets input t + tap - padding.
                    let begin = padding.saturating_sub(tap).min(out_time);
                    let end = (time + padding).saturating_sub(tap).min(out_time).max(begin);
                    let shifted = (begin + tap).saturating_sub(padding);
                    let at = (output * inputs + input) * taps + tap;
                    let (weight, sum) = (self.weight[at], &mut dw[at]);
                    for (t, from) in (begin..end).zip(shifted..) {
                        z[t] += weight * x[from];
                        dx[from] += weight * dz[t];
                        *sum += x[from] * dz[t];
                    }
                }
            }
        }
        Results { z, dx, dw }
    }

    /// By the kernels, where lane i of the input holds plane `planes[i]`.
    pub(crate) fn by_minimal_filtering(&self, set: InstructionSet, planes: &[Option<usize>]) -> Results<T> {
        let TimeConvolution { inputs, outputs, padding, time, .. } = self.sizes;
        let (layout, out_time) = (Winograd::new(self.sizes, planes.to_vec()), self.sizes.out_time());
        let (lanes, out_lanes) = (layout.lanes(), layout.out_lanes());
        assert_eq!((lanes, out_lanes), (planes.len(), in_lanes(outputs)));
        let mut packed = PackedWeights::default();
        layout.pack(set, &self.weight, &mut packed);
        let mut scratch = unwritten(layout.scratch());
        let mut at_points = vec![T::zero(); layout.gradient_elements()];
        let (mut z, mut dx, mut dw) = (Vec::new(), Vec::new(), unwritten(self.weight.len()));
        let trials = self.x.chunks_exact(inputs * time).zip(self.dz.chunks_exact(outputs * out_time));
        for (x, dz) in trials {
            let mut laid = vec![T::zero(); layout.input_rows() * lanes];
            for (lane, plane) in planes.iter().enumerate() {
                let Some(plane) = plane else { continue };
                for (t, x) in x[plane * time..][..time].iter().enumerate() {
                    laid[(padding + t) * lanes + lane] = *x;
                }
            }
            let mut laid_dz = vec![T::zero(); layout.gradient_rows() * out_lanes];
            for (at, dz) in dz.iter().enumerate() {
                laid_dz[at % out_time * out_lanes + at / out_time] = *dz;
            }
            let mut laid_z = unwritten(out_time * out_lanes);
            layout.forward(set, &packed, &laid, &mut laid_z, &mut scratch);
            layout.backward(set, &packed, &laid_dz, &mut laid, &mut at_points, &mut scratch);

            let of_lane = |row: &[T], lane: usize| {
                row.chunks_exact(out_lanes).map(move |row| row[lane]).collect::<Vec<_>>()
            };
            z.extend((0..outputs).flat_map(|output| of_lane(&laid_z, output)));
            assert!((outputs..out_lanes).all(|lane| of_lane(&laid_z, lane).iter().all(|z| *z == T::zero())));
            let place = |plane: usize| planes.iter().position(|other| *other == Some(plane)).unwrap();
            for lane in (0..inputs).map(place) {
                dx.extend((padding..padding + time).map(|row| laid[row * lanes + lane]));
            }
            // Nothing but zeros stays where no sample is.
            for (at, dx) in laid.iter().enumerate() {
                let is_sample =
                    (padding..padding + time).contains(&(at / lanes)) && planes[at % lanes].is_some();
                assert!(is_sample || *dx == T::zero(), "element {at} of the gradient of the input");
            }
        }
        layout.weight_gradient(set, &at_points, &mut dw);
        Results { z, dx, dw }
    }
}

/// Planes in order, padded to whole vectors.
pub(crate) fn in_order(inputs: usize) -> Vec<Option<usize>> {
    (0..in_lanes(inputs)).map(|lane| (lane < inputs).then_some(lane)).collect()
}

/// Planes in a random order, with about `gaps` empty lanes among them.
pub(crate) fn shuffled(inputs: usize, gaps: usize, seed: u64) -> Vec<Option<usize>> {
    let mut planes: Vec<Option<usize>> = (0..inputs).map(Some).collect();
    planes.resize(in_lanes(inputs + gaps), None);
    Stream::new(seed, Purpose::Shuffle, 0, 0).draws().shuffle(&mut planes);
    planes
}

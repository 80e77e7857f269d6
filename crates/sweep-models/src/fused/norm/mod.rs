//! Batch normalisation as coefficients: from the moments of stored values to those of a mixture, and from the sums of the backward
//! pass to those of the gradient (Ioffe and Szegedy 2015). All in float64, on a few numbers a plane.
//!
//! A constant that is added before a batch normalisation leaves its result alone. So the biases of the convolutions before one only move
//! the running mean, and their gradient, like that of a bias of a normalisation before another, is exactly zero.

mod mixed;
mod plain;

use sweep_kernels::Real;
use sweep_networks::{EPSILON, MOMENTUM};

pub(super) use self::{
    mixed::MixedNorm,
    plain::{PlainBias, PlainNorm},
};
use super::{Core, part::Part, stage::Stage};
use crate::state::Entry;

/// What normalises a stage.
#[derive(Debug)]
pub(super) enum Norm {
    /// One batch normalisation of what is stored.
    Plain(PlainNorm),
    /// One, a depthwise convolution over the channels, and another.
    Mixed(MixedNorm),
}

/// A batch normalisation's parameters and running statistics, by their places in the state.
#[derive(Debug)]
pub(super) struct NormParameters {
    weight: usize,
    bias: usize,
    running_mean: usize,
    running_variance: usize,
}

/// Values of each plane, read once a step.
struct NormValues {
    weight: Vec<f64>,
    bias: Vec<f64>,
}

/// Mean and variance of a plane in a batch.
struct BatchStatistics {
    mean: Vec<f64>,
    unbiased_variance: Vec<f64>,
}

impl NormParameters {
    /// Those of the layer whose entries begin at `place`.
    pub(super) fn at(place: usize) -> Self {
        Self { weight: place, bias: place + 1, running_mean: place + 2, running_variance: place + 3 }
    }

    fn values<T: Real>(&self, state: &[Entry<T>]) -> NormValues {
        NormValues { weight: values(state, self.weight), bias: values(state, self.bias) }
    }

    /// Running means and variances.
    fn running<T: Real>(&self, state: &[Entry<T>]) -> [Vec<f64>; 2] {
        [values(state, self.running_mean), values(state, self.running_variance)]
    }

    /// Moves the running statistics towards those of a batch.
    fn follow<T: Real>(&self, batch: &BatchStatistics, state: &mut [Entry<T>]) {
        for (running, newest) in
            [(self.running_mean, &batch.mean), (self.running_variance, &batch.unbiased_variance)]
        {
            for (running, newest) in state[running].numbers_mut().iter_mut().zip(newest) {
                *running = T::from_f64(running.to_f64() * (1.0 - MOMENTUM) + newest * MOMENTUM);
            }
        }
    }

    fn set_gradients<T: Real>(&self, weight: &[f64], bias: &[f64], gradients: &mut [Vec<T>]) {
        for (parameter, values) in [(self.weight, weight), (self.bias, bias)] {
            let pairs = gradients[parameter].iter_mut().zip(values);
            pairs.for_each(|(gradient, value)| *gradient = T::from_f64(*value));
        }
    }
}

fn values<T: Real>(state: &[Entry<T>], place: usize) -> Vec<f64> {
    state[place].numbers().iter().map(|value| value.to_f64()).collect()
}

/// 1 / sqrt(variance + epsilon).
fn inverse_deviation(variance: f64) -> f64 {
    1.0 / (variance + EPSILON).sqrt()
}

impl<T: Real> Core<T> {
    /// Joins the parts' moments of a stage, and sets its coefficients and running statistics by them.
    pub(super) fn normalise(&mut self, stage: usize, parts: &[Part<T>], state: &mut [Entry<T>]) {
        let Stage { tail, norm, mixing, mean, moments, .. } = &mut self.stages[stage];
        moments.clear();
        for part in parts {
            moments.add(tail.mixture, &part.moments[stage]);
        }
        for (rounded, mean) in mean.iter_mut().zip(&moments.mean) {
            *rounded = T::from_f64(*mean);
        }
        match norm {
            Norm::Plain(norm) => norm.normalise(moments, mixing, state),
            Norm::Mixed(norm) => norm.normalise(tail.mixture, moments, mixing, state),
        }
    }

    /// Sets the coefficients of all stages by their running statistics.
    pub(super) fn normalise_by_running_statistics(&mut self, state: &[Entry<T>]) {
        for Stage { tail, norm, mixing, .. } in &mut self.stages {
            match norm {
                Norm::Plain(norm) => norm.normalise_by_running_statistics(mixing, state),
                Norm::Mixed(norm) => norm.normalise_by_running_statistics(tail.mixture, mixing, state),
            }
        }
    }

    /// Joins the parts' sums of a stage, and sets the coefficients of its gradient and the gradients of its parameters by them.
    pub(super) fn slopes(
        &mut self,
        stage: usize,
        parts: &[Part<T>],
        state: &[Entry<T>],
        gradients: &mut [Vec<T>],
    ) {
        let stage_number = stage;
        let stage = &mut self.stages[stage];
        stage.sums.fill(0.0);
        for part in parts {
            stage.sums.iter_mut().zip(&part.sums[stage_number]).for_each(|(sum, term)| *sum += term);
        }
        // Distances were taken from the mean as T has it.
        let (planes, mixture) = (stage.tail.mixture.planes(), stage.tail.mixture);
        let (totals, products) = stage.sums.split_at_mut(planes);
        for (channel, products) in products.chunks_exact_mut(planes).enumerate() {
            for (plane, product) in products.iter_mut().enumerate() {
                let at = channel * mixture.filters + plane % mixture.filters;
                *product -= (stage.moments.mean[at] - stage.mean[at].to_f64()) * totals[plane];
            }
        }
        match &stage.norm {
            Norm::Plain(norm) => {
                norm.slopes(&stage.moments, &stage.sums, &mut stage.slopes, (state, gradients));
            }
            Norm::Mixed(norm) => {
                norm.slopes(mixture, &stage.moments, &stage.sums, &mut stage.slopes, (state, gradients));
            }
        }
        let width = mixture.stored();
        for (channel, slopes) in stage.slopes.slope.chunks_exact(width).enumerate() {
            for (at, slope) in slopes.iter().enumerate() {
                let rounding = stage.mean[at].to_f64() - stage.moments.mean[at];
                let constant = &mut stage.slopes.constant[channel * mixture.filters + at % mixture.filters];
                *constant = T::from_f64(constant.to_f64() + slope.to_f64() * rounding);
            }
        }
    }
}

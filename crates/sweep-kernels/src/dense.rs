//! The dense layer at a network's end and its loss, for one trial.

use crate::{
    real::Real,
    vector::{Elementwise, InstructionSet, Kernel, LANES, Simd, Vector},
};

/// A dense layer of `features` inputs, a multiple of [`LANES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dense {
    /// Inputs.
    pub features: usize,
    /// Outputs.
    pub classes: usize,
}

impl Dense {
    /// The logits: `weights` `[class, feature]` times `x`, plus `bias`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn forward<T: Real>(
        &self,
        set: InstructionSet,
        x: &[T],
        weights: &[T],
        bias: &[T],
        logits: &mut [T],
    ) {
        let Self { features, classes } = *self;
        let fits = weights.len() >= classes * features && bias.len() >= classes && logits.len() >= classes;
        assert!(fits, "slices of a dense layer");
        let x = &x[..features];
        let logits = &mut logits[..classes];
        for ((weights, bias), logit) in weights.chunks_exact(self.features).zip(bias).zip(logits) {
            *logit = T::from_f64(T::run(set, Dot { x, y: weights }) + bias.to_f64());
        }
    }

    /// Adds the gradient of the weights to `weight_gradient`, and puts the gradient of the input in the place of `x`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn backward<T: Real>(
        &self,
        set: InstructionSet,
        x: &mut [T],
        weights: &[T],
        gradient: &[T],
        weight_gradient: &mut [T],
    ) {
        let Self { features, classes } = *self;
        let fits = gradient.len() == classes
            && weights.len() >= classes * features
            && weight_gradient.len() >= classes * features;
        assert!(fits, "slices of a dense layer");
        T::run(set, Backward { x: &mut x[..self.features], weights, gradient, weight_gradient });
    }
}

/// The sum of products, in four vectors of running sums, then float64.
struct Dot<'a, T> {
    x: &'a [T],
    y: &'a [T],
}

impl<T: Real> Kernel<T> for Dot<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd<T>>(self) -> f64 {
        let mut sums = [S::Vector::splat(T::zero()); 4];
        let pairs = self.x.chunks_exact(LANES).zip(self.y.chunks_exact(LANES));
        for (number, (x, y)) in pairs.enumerate() {
            let sum = &mut sums[number % 4];
            *sum = S::Vector::read(x).mul_add(S::Vector::read(y), *sum);
        }
        let mut total = 0.0;
        for sum in sums {
            for element in sum.elements() {
                total += element.to_f64();
            }
        }
        total
    }
}

struct Backward<'a, T> {
    x: &'a mut [T],
    weights: &'a [T],
    gradient: &'a [T],
    weight_gradient: &'a mut [T],
}

impl<T: Real> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let features = self.x.len();
        for first in (0..features).step_by(LANES) {
            let x = S::Vector::read(&self.x[first..]);
            let mut dx = S::Vector::splat(T::zero());
            for (class, gradient) in self.gradient.iter().enumerate() {
                let gradient = S::Vector::splat(*gradient);
                let at = class * features + first;
                dx = gradient.mul_add(S::Vector::read(&self.weights[at..]), dx);
                let sum = &mut self.weight_gradient[at..];
                gradient.mul_add(x, S::Vector::read(sum)).write(sum);
            }
            dx.write(&mut self.x[first..]);
        }
    }
}

/// The cross-entropy between softmax(`logits`) and the class `label`, by functions that are the same on every system, and `share` times
/// its gradient, of the logits, into `gradient`. The share
/// `smoothing` of the label is spread over all classes, as `label_smoothing` of `torch.nn.functional.cross_entropy` does.
///
/// # Panics
/// If `label` is no class.
pub fn softmax_cross_entropy<T: Real>(
    logits: &[T],
    label: usize,
    smoothing: f64,
    share: f64,
    gradient: &mut [T],
) -> f64 {
    let (of_label, of_each) = (1.0 - smoothing, smoothing / logits.len() as f64);
    let largest = logits.iter().fold(f64::NEG_INFINITY, |largest, logit| largest.max(logit.to_f64()));
    let sum: f64 = logits.iter().map(|logit| libm::exp(logit.to_f64() - largest)).sum();
    for (class, (logit, gradient)) in logits.iter().zip(gradient).enumerate() {
        let chance = libm::exp(logit.to_f64() - largest) / sum;
        let target = of_label * f64::from(u8::from(class == label)) + of_each;
        *gradient = T::from_f64(share * (chance - target));
    }
    let chosen = logits[label].to_f64() - largest;
    if smoothing == 0.0 {
        return libm::log(sum) - chosen;
    }
    let all: f64 = logits.iter().map(|logit| logit.to_f64() - largest).sum();
    libm::log(sum) - (of_label * chosen + of_each * all)
}

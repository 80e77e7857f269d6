//! Means and co-moments of stored values, for batch normalisation.
//!
//! A trial's are taken in two passes while it is in the cache, and joined over trials in float64 (Chan, Golub and LeVeque 1983), so
//! that a large mean does not spoil a small variance.

use super::Mixture;
use crate::{
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

/// Those of one trial.
#[derive(Debug, Clone, Default)]
pub struct TrialMoments<T> {
    /// `[channel, filter]`.
    mean: Vec<T>,
    /// Sums of products of distances from the mean, `[pair of channels, filter]`.
    products: Vec<T>,
}

/// Those of any number of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Rows.
    pub count: f64,
    /// `[channel, filter]`.
    pub mean: Vec<f64>,
    /// Sums of products of distances from the mean, `[pair of channels, filter]`.
    pub products: Vec<f64>,
}

impl<T: Real> TrialMoments<T> {
    /// Room for those of a mixture.
    pub fn new(mixture: Mixture) -> Self {
        Self {
            mean: vec![T::zero(); mixture.stored()],
            products: vec![T::zero(); mixture.pairs() * mixture.filters],
        }
    }

    /// Takes those of `stored` `[time, channel, filter]`.
    pub fn take(&mut self, set: InstructionSet, mixture: Mixture, stored: &[T]) {
        T::run(set, Take { moments: self, mixture, stored });
    }
}

struct Take<'a, T> {
    moments: &'a mut TrialMoments<T>,
    mixture: Mixture,
    stored: &'a [T],
}

/// Running sums a lane: rows are added to them in turn, which shortens each sum and lets them overlap.
const SUMS: usize = 4;

impl<T: Real> Kernel<T> for Take<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let (width, filters) = (self.mixture.stored(), self.mixture.filters);
        let share = S::Vector::splat(T::from_f64(width as f64 / self.stored.len() as f64));
        for column in (0..width).step_by(LANES) {
            let mut sums = [S::Vector::splat(T::zero()); SUMS];
            for (number, row) in self.stored.chunks_exact(width).enumerate() {
                let sum = &mut sums[number % SUMS];
                *sum = sum.add(S::Vector::read(&row[column..]));
            }
            total(sums).mul(share).write(&mut self.moments.mean[column..]);
        }
        for filter in (0..filters).step_by(LANES) {
            for second in 0..self.mixture.channels {
                for first in 0..=second {
                    let (x, y) = (first * filters + filter, second * filters + filter);
                    let mean_x = S::Vector::read(&self.moments.mean[x..]);
                    let mean_y = S::Vector::read(&self.moments.mean[y..]);
                    let mut sums = [S::Vector::splat(T::zero()); SUMS];
                    for (number, row) in self.stored.chunks_exact(width).enumerate() {
                        let distance = S::Vector::read(&row[x..]).sub(mean_x);
                        let sum = &mut sums[number % SUMS];
                        *sum = distance.mul_add(S::Vector::read(&row[y..]).sub(mean_y), *sum);
                    }
                    let pair = self.mixture.pair(first, second);
                    total(sums).write(&mut self.moments.products[pair * filters + filter..]);
                }
            }
        }
    }
}

#[inline(always)]
fn total<T: Real, V: Vector<T>>(sums: [V; SUMS]) -> V {
    sums[0].add(sums[1]).add(sums[2].add(sums[3]))
}

impl Moments {
    /// Those of no row.
    pub fn new(mixture: Mixture) -> Self {
        Self {
            count: 0.0,
            mean: vec![0.0; mixture.stored()],
            products: vec![0.0; mixture.pairs() * mixture.filters],
        }
    }

    /// Back to those of no row.
    pub fn clear(&mut self) {
        self.count = 0.0;
        self.mean.fill(0.0);
        self.products.fill(0.0);
    }

    /// Joins a trial's.
    pub fn add_trial<T: Real>(&mut self, mixture: Mixture, rows: usize, trial: &TrialMoments<T>) {
        let value = |values: &[T], at: usize| values[at].to_f64();
        self.join(mixture, rows as f64, |at| value(&trial.mean, at), |at| value(&trial.products, at));
    }

    /// Joins others.
    pub fn add(&mut self, mixture: Mixture, other: &Self) {
        self.join(mixture, other.count, |at| other.mean[at], |at| other.products[at]);
    }

    fn join(
        &mut self,
        mixture: Mixture,
        count: f64,
        mean: impl Fn(usize) -> f64,
        products: impl Fn(usize) -> f64,
    ) {
        if count == 0.0 {
            return;
        }
        let total = self.count + count;
        let filters = mixture.filters;
        for second in 0..mixture.channels {
            for first in 0..=second {
                let pair = mixture.pair(first, second) * filters;
                for filter in 0..filters {
                    let distance = |channel: usize| {
                        let at = channel * filters + filter;
                        mean(at) - self.mean[at]
                    };
                    let between = distance(first) * distance(second) * (self.count * count / total);
                    self.products[pair + filter] += products(pair + filter) + between;
                }
            }
        }
        for (at, own) in self.mean.iter_mut().enumerate() {
            *own += (mean(at) - *own) * (count / total);
        }
        self.count = total;
    }
}

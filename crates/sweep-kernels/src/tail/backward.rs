//! The backward pass of a tail, in two sweeps over the batch: the sums that batch normalisation's gradient needs, and the gradient of
//! the stored values.
//!
//! Both go down the rows of a trial with one vector of filters, and all planes that are made of them, at a time: so coefficients and
//! sums stay in registers.

#![allow(clippy::needless_range_loop, reason = "indices of a few registers, in loops that are unrolled")]

use super::{
    Mixing, Mixture, Tail, activation,
    activation::{Function, for_function},
    column::{Column, MOST_COPIES, for_mixture},
    share::{Share, for_share},
};
use crate::{
    Activation, Pooling,
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

/// The coefficients of the gradient of the stored values. With g the gradient of the normalised values and m the batch's means of the stored
/// ones, that of channel c is the sum over the copies of `weight[c]` g, plus the sum over the channels d of
/// `slope[c, d]` (stored d - m d), plus `constant[c]`. The weights are those of the mixture.
#[derive(Debug, Clone)]
pub struct Slopes<T> {
    /// `[channel, channel, filter]`.
    pub slope: Vec<T>,
    /// `[channel, filter]`.
    pub constant: Vec<T>,
}

/// What both sweeps read.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a, T> {
    /// The trial's stored values, `[time, channel, filter]`.
    pub values: &'a [T],
    /// The mixture's coefficients.
    pub mixing: &'a Mixing<T>,
    /// The batch's means of the stored values, `[channel, filter]`.
    pub mean: &'a [T],
}

impl Tail {
    /// Elements of the sums of [`sum`](Self::sum).
    pub fn sums(&self) -> usize {
        (1 + self.mixture.channels) * self.mixture.planes()
    }

    /// The first sweep. With g the gradient of the normalised values, writes the sums over the trial's rows of g and, for every
    /// channel, of g (stored - mean) into `sums` `[1 + channel, plane]`. `gradient` `[out_time, plane]` is that of the result, and becomes what the
    /// second sweep needs: that of the largest value of a window, or of every activation of a mean.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn sum<T: Real>(
        &self,
        set: InstructionSet,
        stored: Stored<'_, T>,
        factors: Option<&[T]>,
        gradient: &mut [T],
        sums: &mut [T],
    ) {
        self.check(stored.values, stored.mixing, factors);
        self.check_backward(stored.mean, gradient);
        let sums = &mut sums[..self.sums()];
        sums.fill(T::zero());
        touch(&stored.values[..self.stored_elements()]);
        T::run(set, Sum { tail: *self, stored, factors, gradient, sums });
    }

    /// The second sweep: the gradient of the stored values into `out` `[time, channel, filter]`, from what the first has made of
    /// `gradient`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn backward<T: Real>(
        &self,
        set: InstructionSet,
        stored: Stored<'_, T>,
        gradient: &[T],
        slopes: &Slopes<T>,
        out: &mut [T],
    ) {
        self.check(stored.values, stored.mixing, None);
        self.check_backward(stored.mean, gradient);
        let Mixture { channels, .. } = self.mixture;
        let is_whole = slopes.slope.len() >= channels * self.mixture.stored()
            && slopes.constant.len() >= self.mixture.stored();
        assert!(is_whole, "slopes of a tail");
        assert!(out.len() >= self.stored_elements(), "gradient of stored values");
        touch(&stored.values[..self.stored_elements()]);
        touch(&gradient[..self.out_elements()]);
        T::run(set, Backward { tail: *self, stored, gradient, slopes, out });
    }
}

/// Reads one element of every cache line, in order. A sweep goes down the rows a few columns at a time, and so would wait for the
/// memory at every row; in order, lines come ahead of their reading.
fn touch<T: Real>(elements: &[T]) {
    let a_line = 64 / size_of::<T>();
    let sum = elements.iter().step_by(a_line).fold(T::zero(), |sum, element| sum + *element);
    std::hint::black_box(sum);
}

impl Tail {
    fn check_backward<T: Real>(&self, mean: &[T], gradient: &[T]) {
        assert!(mean.len() >= self.mixture.stored(), "means of stored values");
        assert!(gradient.len() >= self.out_elements(), "gradient of results");
    }
}

struct Sum<'a, T> {
    tail: Tail,
    stored: Stored<'a, T>,
    factors: Option<&'a [T]>,
    gradient: &'a mut [T],
    sums: &'a mut [T],
}

impl<T: Real> Kernel<T> for Sum<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(mut self) {
        for_function!(self.tail.activation, T, function => {
            for_mixture!(self.tail.mixture, C, D => for_share!(self.tail.pooling, W => {
                self.with::<S, _, W<S::Vector>, C, D>(function)
            }))
        });
    }
}

impl<T: Real> Sum<'_, T> {
    #[inline(always)]
    fn with<S: Simd<T>, F: Function<T, S::Vector>, W: Share<T, S::Vector>, const C: usize, const D: usize>(
        &mut self,
        function: F,
    ) {
        let Tail { mixture, size, .. } = self.tail;
        let (planes, window) = (mixture.planes(), size * mixture.stored());
        let zero = S::Vector::splat(T::zero());
        for filter in (0..mixture.filters).step_by(LANES) {
            let column = Column::<T, C, D>::new(mixture, self.stored, filter);
            let mut totals = [zero; MOST_COPIES];
            let mut products = [[zero; MOST_COPIES]; 2];
            let windows = self.stored.values.chunks_exact(window).take(self.tail.out_time());
            for (number, window) in windows.enumerate() {
                let mut shares = [W::new(function, zero, zero); MOST_COPIES];
                for copy in 0..column.copies() {
                    let at = number * planes + column.plane(copy);
                    let mut gradient = S::Vector::read(&self.gradient[at..]);
                    if let Some(factors) = self.factors {
                        gradient = gradient.mul(S::Vector::read(&factors[at..]));
                    }
                    let largest = W::largest(function, &column, window, copy);
                    gradient = gradient.mul(W::slope(function, largest, size));
                    gradient.write(&mut self.gradient[at..]);
                    shares[copy] = W::new(function, largest, gradient);
                }
                for row in window.chunks_exact(mixture.stored()) {
                    for copy in 0..column.copies() {
                        let gradient = shares[copy].of_row(function, column.value::<S::Vector>(row, copy));
                        totals[copy] = totals[copy].add(gradient);
                        for channel in 0..column.channels() {
                            let distance = column.distance::<S::Vector>(row, channel);
                            if C == 0 {
                                let at = (1 + channel) * planes + column.plane(copy);
                                let sums = &mut self.sums[at..];
                                gradient.mul_add(distance, S::Vector::read(sums)).write(sums);
                            } else {
                                products[channel][copy] = gradient.mul_add(distance, products[channel][copy]);
                            }
                        }
                    }
                }
            }
            for copy in 0..column.copies() {
                totals[copy].write(&mut self.sums[column.plane(copy)..]);
                for (channel, products) in products.iter().enumerate().take(C) {
                    products[copy].write(&mut self.sums[(1 + channel) * planes + column.plane(copy)..]);
                }
            }
        }
    }
}

struct Backward<'a, T> {
    tail: Tail,
    stored: Stored<'a, T>,
    gradient: &'a [T],
    slopes: &'a Slopes<T>,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(mut self) {
        for_function!(self.tail.activation, T, function => {
            for_mixture!(self.tail.mixture, C, D => for_share!(self.tail.pooling, W => {
                self.with::<S, _, W<S::Vector>, C, D>(function)
            }))
        });
    }
}

impl<T: Real> Backward<'_, T> {
    #[inline(always)]
    fn with<S: Simd<T>, F: Function<T, S::Vector>, W: Share<T, S::Vector>, const C: usize, const D: usize>(
        &mut self,
        function: F,
    ) {
        let Tail { mixture, size, .. } = self.tail;
        let (planes, width) = (mixture.planes(), mixture.stored());
        let zero = S::Vector::splat(T::zero());
        let covered = self.tail.out_time() * size * width;
        for filter in (0..mixture.filters).step_by(LANES) {
            let column = Column::<T, C, D>::new(mixture, self.stored, filter);
            let windows = self.stored.values[..covered].chunks_exact(size * width);
            let outs = self.out[..covered].chunks_exact_mut(size * width);
            for (number, (window, out)) in windows.zip(outs).enumerate() {
                let mut shares = [W::new(function, zero, zero); MOST_COPIES];
                for copy in 0..column.copies() {
                    let gradient = S::Vector::read(&self.gradient[number * planes + column.plane(copy)..]);
                    let largest = W::largest(function, &column, window, copy);
                    shares[copy] = W::new(function, largest, gradient);
                }
                for (row, out) in window.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                    let mut gradients = [zero; MOST_COPIES];
                    for copy in 0..column.copies() {
                        gradients[copy] = shares[copy].of_row(function, column.value::<S::Vector>(row, copy));
                    }
                    row_gradient::<T, S, C, D>(&column, self.slopes, row, &gradients, out);
                }
            }
            // The rows that no window holds.
            let rows = self.stored.values[covered..self.tail.stored_elements()].chunks_exact(width);
            for (row, out) in rows.zip(self.out[covered..].chunks_exact_mut(width)) {
                row_gradient::<T, S, C, D>(&column, self.slopes, row, &[zero; MOST_COPIES], out);
            }
        }
    }
}

/// The gradient of a stored row from that of its normalised values.
#[inline(always)]
fn row_gradient<T: Real, S: Simd<T>, const C: usize, const D: usize>(
    column: &Column<'_, T, C, D>,
    slopes: &Slopes<T>,
    row: &[T],
    gradients: &[S::Vector; MOST_COPIES],
    out: &mut [T],
) {
    let width = column.mixture.stored();
    for channel in 0..column.channels() {
        let mut sum = S::Vector::read(&slopes.constant[column.place(channel)..]);
        for (copy, gradient) in gradients.iter().enumerate().take(column.copies()) {
            sum = gradient.mul_add(column.weight(channel, copy), sum);
        }
        for other in 0..column.channels() {
            let slope = S::Vector::read(&slopes.slope[channel * width + column.place(other)..]);
            sum = column.distance::<S::Vector>(row, other).mul_add(slope, sum);
        }
        sum.write(&mut out[column.place(channel)..]);
    }
}

//! Whether the numbers that a training goes on with are still numbers.

use sweep_kernels::Real;

use crate::{Entry, Network, Value};

impl<T: Real> Network<T> {
    /// The first weight or running statistic that no weights file could hold, in words such as `the running variance of
    /// firstconv.2`; `None` if all are finite.
    pub fn not_finite(&self) -> Option<String> {
        first_not_finite(self.state())
    }
}

/// The first of `entries` with a value that is not finite, or with a variance below 0, in words.
pub fn first_not_finite<T: Real>(entries: &[Entry<T>]) -> Option<String> {
    let is_sound = |entry: &&Entry<T>| match &entry.value {
        Value::Variance(numbers) => least(numbers).is_some_and(|least| least >= T::zero()),
        Value::Parameter(numbers) | Value::Mean(numbers) | Value::Moment(numbers) => least(numbers).is_some(),
        Value::Counter(_) => true,
    };
    entries.iter().find(|entry| !is_sound(entry)).map(|entry| in_words(&entry.name))
}

/// The least of finite numbers; `None` if one of them is not finite.
fn least<T: Real>(numbers: &[T]) -> Option<T> {
    // It does not end early: so it is compiled for vectors.
    let begin = (T::from_f64(f64::INFINITY), true);
    let (least, are_finite) = numbers.iter().fold(begin, |(least, are_finite), number| {
        let is_finite = (*number * T::zero()) == T::zero();
        (if *number < least { *number } else { least }, are_finite & is_finite)
    });
    are_finite.then_some(least)
}

/// `the running variance of firstconv.2` for `firstconv.2.running_var`.
pub(crate) fn in_words(name: &str) -> String {
    let (owner, last) = name.rsplit_once('.').unwrap_or(("the network", name));
    let what = match last {
        "weight" => "a weight",
        "bias" => "a bias",
        "running_mean" => "the running mean",
        "running_var" => "the running variance",
        "exp_avg" => "Adam's mean of the gradient",
        "exp_avg_sq" => "Adam's mean of the squared gradient",
        "momentum_buffer" => "the momentum",
        other => other,
    };
    format!("{what} of {owner}")
}

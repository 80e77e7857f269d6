//! Why a number cannot be computed, and the checks that many of the computations share.

/// Why a number cannot be computed from what was given.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// There are fewer values than the formula needs.
    #[error("{has} values, of which at least {needs} are needed")]
    TooFew {
        /// How many there are.
        has: usize,
        /// How many are needed.
        needs: usize,
    },
    /// There are more values than can be computed exactly.
    #[error("{has} values, of which at most {most} can be computed")]
    TooMany {
        /// How many there are.
        has: u64,
        /// How many are possible.
        most: u64,
    },
    /// A value is NaN or infinite, or a sum of them would be.
    #[error("a value or a sum of values is not a finite number")]
    NotFinite,
    /// Lists that belong together have different lengths.
    #[error("lists of {left} and {right} values that belong together")]
    LengthsDiffer {
        /// Length of the first list.
        left: usize,
        /// Length of the second list.
        right: usize,
    },
    /// All values are equal, and the formula divides by their spread.
    #[error("all values are equal")]
    NoSpread,
    /// A number lies outside of its range.
    #[error("{name} is {value}, out of its range")]
    OutOfRange {
        /// What the number is.
        name: &'static str,
        /// The number.
        value: f64,
    },
    /// A label or prediction names a class that does not exist.
    #[error("class {class} of {classes} classes, which count from 0")]
    UnknownClass {
        /// The class, from 0.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A class without a trial, or without a trial of another class beside it, where both are needed.
    #[error("class {class} has no trial, or all of them")]
    OneSidedClass {
        /// The class, from 0.
        class: usize,
    },
}

pub(crate) fn check_finite(values: &[f64]) -> Result<(), StatisticsError> {
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(StatisticsError::NotFinite) }
}

/// `value`, where it is finite: sums and products of finite numbers may not be.
pub(crate) fn finite(value: f64) -> Result<f64, StatisticsError> {
    if value.is_finite() { Ok(value) } else { Err(StatisticsError::NotFinite) }
}

pub(crate) fn check_count(has: usize, needs: usize) -> Result<(), StatisticsError> {
    if has >= needs { Ok(()) } else { Err(StatisticsError::TooFew { has, needs }) }
}

pub(crate) fn check_lengths(left: usize, right: usize) -> Result<(), StatisticsError> {
    if left == right { Ok(()) } else { Err(StatisticsError::LengthsDiffer { left, right }) }
}

/// Refuses a probability that is not strictly between 0 and 1.
pub(crate) fn check_inside(name: &'static str, value: f64) -> Result<(), StatisticsError> {
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(StatisticsError::OutOfRange { name, value }) }
}

pub(crate) fn check_class(class: usize, classes: usize) -> Result<(), StatisticsError> {
    if class < classes { Ok(()) } else { Err(StatisticsError::UnknownClass { class, classes }) }
}

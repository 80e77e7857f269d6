//! PyTorch's constants of batch normalisation.

/// Added to the variance.
pub const EPSILON: f64 = 1e-5;
/// Weight of the newest batch in the running statistics.
pub const MOMENTUM: f64 = 0.1;

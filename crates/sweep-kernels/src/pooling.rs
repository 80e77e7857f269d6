//! The ways of pooling that there are.

/// What a window of samples gives. Windows follow each other without gap or overlap, and a remainder of the samples is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Its mean.
    Average,
    /// Its largest value; of equal ones the first gets the gradient, as in PyTorch.
    Maximum,
}

//! The activation functions that there are.

/// An activation function. The gradient at exactly 0 is that of the negative side, as PyTorch has it. NaN stays NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// x for x > 0, else 0; gradient 0 at 0.
    Relu,
    /// x for x > 0, else `slope` x; gradient `slope` at 0.
    LeakyRelu {
        /// Slope of the negative side.
        slope: f64,
    },
    /// x for x > 0, else `alpha` (exp(x) - 1) (Clevert et al. 2016); gradient `alpha` at 0.
    Elu {
        /// Minus the limit at minus infinity.
        alpha: f64,
    },
}

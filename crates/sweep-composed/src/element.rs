//! The element types of the networks, as tensors have them.

use candle_core::{DType, Device, Result, Tensor};
use sweep_kernels::Real;

/// float32 for training, float64 for checking it.
pub trait Element: Real {
    /// The type's name in candle.
    #[doc(hidden)]
    const DTYPE: DType;

    /// A tensor of these values.
    #[doc(hidden)]
    fn tensor(values: &[Self], shape: &[usize]) -> Result<Tensor>;

    /// All values of a tensor of this type, row-major.
    #[doc(hidden)]
    fn values(tensor: &Tensor) -> Result<Vec<Self>>;
}

macro_rules! element {
    ($real:ident, $dtype:expr) => {
        impl Element for $real {
            const DTYPE: DType = $dtype;

            fn tensor(values: &[Self], shape: &[usize]) -> Result<Tensor> {
                Tensor::from_slice(values, shape, &Device::Cpu)
            }

            fn values(tensor: &Tensor) -> Result<Vec<Self>> {
                tensor.flatten_all()?.to_vec1()
            }
        }
    };
}

element!(f32, DType::F32);
element!(f64, DType::F64);

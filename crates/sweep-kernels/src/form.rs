//! Which of the two forms of a network computes.

use candle_core::Device;

/// The two forms. Both give the same values up to rounding, and the tests hold one against the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Kernels for float32 and float64 on the processor.
    Fused,
    /// Compositions of candle's own operations, for any device.
    Composed,
}

impl Form {
    /// The form that computes on `device`: fused on the processor, composed elsewhere.
    pub fn for_device(device: &Device) -> Self {
        match device {
            Device::Cpu => Self::Fused,
            Device::Cuda(_) | Device::Metal(_) => Self::Composed,
        }
    }
}

//! Where networks are computed.

use crate::ComposedError;

/// The processor, or a CUDA device.
#[derive(Debug, Clone)]
pub struct Device(pub(crate) candle_core::Device);

impl Device {
    /// The processor.
    pub fn cpu() -> Self {
        Self(candle_core::Device::Cpu)
    }

    /// A CUDA device by its number.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn cuda(ordinal: u32) -> Result<Self, ComposedError> {
        Ok(Self(candle_core::Device::new_cuda(ordinal as usize)?))
    }

    /// Whether this build can use CUDA devices.
    pub fn has_cuda() -> bool {
        candle_core::utils::cuda_is_available()
    }

    /// Whether it is the processor.
    pub fn is_cpu(&self) -> bool {
        self.0.is_cpu()
    }
}

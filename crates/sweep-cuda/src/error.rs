//! What goes wrong between this program and a GPU, in words that say what to do.

use crate::driver::CudaVersion;

/// Why a GPU cannot be used, or stopped working.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CudaError {
    /// There is no driver.
    #[error("no NVIDIA driver was found (libcuda.so.1). Install driver 525 or newer, or use --device cpu")]
    NoDriver,
    /// The driver cannot run our kernels.
    #[error(
        "the NVIDIA driver is too old: it supports CUDA {found}, and CUDA 12.0 is needed. Install driver 525 or newer"
    )]
    OldDriver {
        /// What it supports.
        found: CudaVersion,
    },
    /// The driver library lacks a function.
    #[error("the NVIDIA driver library lacks {symbol}. Install driver 525 or newer")]
    Incomplete {
        /// The first function that is missing.
        symbol: &'static str,
    },
    /// The driver works, but there is no device.
    #[error(
        "the NVIDIA driver found no GPU. Check what nvidia-smi lists, and whether CUDA_VISIBLE_DEVICES hides it"
    )]
    NoDevice,
    /// The driver does not start.
    #[error(
        "the NVIDIA driver does not start: {reason}. Check that nvidia-smi works; after an update of the driver, restart the machine"
    )]
    Startup {
        /// What the driver says.
        reason: String,
    },
    /// There are fewer devices.
    #[error("there is no GPU {index}: the driver found {count}, numbered from 0")]
    NoSuchDevice {
        /// The device that was requested.
        index: u32,
        /// How many there are.
        count: u32,
    },
    /// A device that our kernels do not run on, or that cannot be opened.
    #[error("GPU {index} ({name}) cannot be used: {reason}")]
    Unusable {
        /// Its number.
        index: u32,
        /// Its name.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The device's memory does not suffice.
    #[error("too little GPU memory: {what}{}{} of {} are free", needs(*.requested), size(*.free), size(*.total))]
    OutOfMemory {
        /// What needed it.
        what: String,
        /// Bytes that were requested; 0 if the driver does not say.
        requested: u64,
        /// Bytes that were free before.
        free: u64,
        /// Bytes of the device.
        total: u64,
    },
    /// Memory of the host that the device copies from and to.
    #[error("too little page-locked memory: the system refuses {}", size(*.requested))]
    OutOfHostMemory {
        /// Bytes that were requested.
        requested: u64,
    },
    /// The device failed, and nothing works on it until this process ends.
    #[error(
        "the GPU failed: {reason} ({call}). Other processes may still be able to use it; nvidia-smi and the system log say more"
    )]
    Lost {
        /// What the driver says.
        reason: String,
        /// The function that said so.
        call: &'static str,
    },
    /// The driver refuses a call.
    #[error("the NVIDIA driver refuses {call}: {reason}")]
    Call {
        /// What the driver says.
        reason: String,
        /// The function.
        call: &'static str,
    },
    /// A program that does not fit its kernels or regions, or a call out of turn: a mistake of this program.
    #[error("{0}")]
    Mistake(String),
}

impl CudaError {
    /// Whether the device works no more for this process, whatever is tried.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// Whether less memory might do, of the device or page-locked.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::OutOfMemory { .. } | Self::OutOfHostMemory { .. })
    }
}

/// How many bytes were requested, if that is known.
fn needs(requested: u64) -> String {
    if requested == 0 { "; ".to_owned() } else { format!(" takes {}, and ", size(requested)) }
}

/// Bytes as people read them.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, f64); 3] =
        [("GiB", (1_u64 << 30) as f64), ("MiB", (1_u64 << 20) as f64), ("KiB", 1024.0)];
    let bytes_text = || format!("{bytes} bytes");
    let unit = UNITS.iter().find(|(_, unit)| bytes as f64 >= *unit);
    unit.map_or_else(bytes_text, |(name, unit)| format!("{:.1} {name}", bytes as f64 / unit))
}

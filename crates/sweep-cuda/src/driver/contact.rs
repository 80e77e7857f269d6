//! The first contact with the driver.

use std::{ffi::c_void, fmt, sync::OnceLock};

use cudarc::driver::sys;

use super::call::{call, reason};
use crate::CudaError;

/// The CUDA version that a driver supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CudaVersion {
    /// 12 of 12.4.
    pub major: u32,
    /// 4 of 12.4.
    pub minor: u32,
}

impl fmt::Display for CudaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The driver of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverInfo {
    /// The CUDA version that it supports.
    pub cuda: CudaVersion,
    /// Its own version, `535.104.05`, if the system tells it.
    pub version: Option<String>,
}

/// The oldest CUDA version whose drivers take our PTX: drivers from 525 on.
const NEEDED: CudaVersion = CudaVersion { major: 12, minor: 0 };

/// Every function of the driver that this crate calls.
pub(super) const FUNCTIONS: &[&str] = &[
    "cuCtxSetCurrent",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetName",
    "cuDevicePrimaryCtxRelease_v2",
    "cuDevicePrimaryCtxRetain",
    "cuDeviceTotalMem_v2",
    "cuDriverGetVersion",
    "cuEventCreate",
    "cuEventDestroy_v2",
    "cuEventElapsedTime",
    "cuEventRecord",
    "cuEventRecordWithFlags",
    "cuEventSynchronize",
    "cuFuncGetAttribute",
    "cuGetErrorString",
    "cuGraphDestroy",
    "cuGraphExecDestroy",
    "cuGraphInstantiateWithFlags",
    "cuGraphLaunch",
    "cuInit",
    "cuLaunchKernel",
    "cuMemAlloc_v2",
    "cuMemFreeHost",
    "cuMemFree_v2",
    "cuMemGetInfo_v2",
    "cuMemHostAlloc",
    "cuMemcpy2DAsync_v2",
    "cuMemcpyDtoDAsync_v2",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyHtoDAsync_v2",
    "cuMemsetD8Async",
    "cuModuleGetFunction",
    "cuModuleLoadDataEx",
    "cuModuleUnload",
    "cuStreamBeginCapture_v2",
    "cuStreamCreate",
    "cuStreamDestroy_v2",
    "cuStreamEndCapture",
    "cuStreamSynchronize",
];

/// The driver's versions, or why it cannot be used.
///
/// # Errors
/// If there is no driver, it is too old, it does not start, or it finds no device.
pub fn driver_info() -> Result<DriverInfo, CudaError> {
    static CONTACT: OnceLock<Result<DriverInfo, CudaError>> = OnceLock::new();
    CONTACT.get_or_init(contact).clone()
}

fn contact() -> Result<DriverInfo, CudaError> {
    // SAFETY: loads the driver library, as any use of it would.
    if !unsafe { sys::is_culib_present() } {
        return Err(CudaError::NoDriver);
    }
    needs("cuDriverGetVersion")?;
    needs("cuGetErrorString")?;
    let mut version = 0;
    call!(cuDriverGetVersion(&raw mut version)).map_err(startup)?;
    let version = u32::try_from(version).unwrap_or(0);
    let cuda = CudaVersion { major: version / 1000, minor: version % 1000 / 10 };
    if cuda < NEEDED {
        return Err(CudaError::OldDriver { found: cuda });
    }
    FUNCTIONS.iter().try_for_each(|name| needs(name))?;
    // SAFETY: the function was found.
    match unsafe { sys::cuInit(0) } as u32 {
        0 => Ok(DriverInfo { cuda, version: own_version() }),
        100 => Err(CudaError::NoDevice),
        code => Err(CudaError::Startup { reason: reason(code) }),
    }
}

fn startup(error: CudaError) -> CudaError {
    match error {
        CudaError::Lost { reason, .. } | CudaError::Call { reason, .. } => CudaError::Startup { reason },
        other => other,
    }
}

fn needs(symbol: &'static str) -> Result<(), CudaError> {
    // SAFETY: the library is there, and the symbol is only looked up.
    let found = unsafe { sys::culib().get::<*const c_void>(symbol.as_bytes()).is_ok() };
    if found { Ok(()) } else { Err(CudaError::Incomplete { symbol }) }
}

/// The version that the kernel module tells: `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 ...`.
fn own_version() -> Option<String> {
    version_in(&std::fs::read_to_string("/proc/driver/nvidia/version").ok()?)
}

fn version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let mut parts = word.split('.');
        word.contains('.')
            && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    text.lines().next()?.split_whitespace().find(is_version).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_what_the_kernel_modules_say() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version: 12.2.0";
        let open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build";
        assert_eq!(version_in(closed).as_deref(), Some("535.104.05"));
        assert_eq!(version_in(open).as_deref(), Some("570.86.15"));
        assert_eq!(version_in("something else"), None);
    }

    /// A function that is called without being listed would be a panic on a driver that lacks it.
    #[test]
    fn all_functions_that_are_called_are_looked_up_at_the_first_contact() {
        let sources = [
            include_str!("call.rs"),
            include_str!("contact.rs"),
            include_str!("device.rs"),
            include_str!("memory.rs"),
            include_str!("module.rs"),
            include_str!("stream.rs"),
        ];
        let called: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.split("call!(").skip(1).chain(source.split("sys::").skip(1)))
            .filter_map(|rest| rest.split('(').next())
            .filter(|name| {
                name.starts_with("cu")
                    && *name != "culib"
                    && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
            })
            .collect();
        assert!(
            called.len() + 1 >= FUNCTIONS.len(),
            "the sources are not read as they are written: {called:?}"
        );
        for name in called {
            assert!(FUNCTIONS.contains(&name), "{name} is not in the list");
        }
    }
}

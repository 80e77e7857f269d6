//! Calls of the driver, and what their codes mean.

use std::ffi::{CStr, c_char};

use cudarc::driver::sys;

use crate::CudaError;

pub(super) const OUT_OF_MEMORY: u32 = 2;

/// Calls a function of the driver and turns its code into a result.
macro_rules! call {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        // SAFETY: the contact found the function, and the arguments are handles and pointers that live throughout the call. The codes of
        // newer drivers that the bindings do not name lie between those that they do.
        let code = unsafe { cudarc::driver::sys::$function($($argument),*) } as u32;
        $crate::driver::call::check(stringify!($function), code)
    }};
}
pub(super) use call;

/// The result of a call.
pub(super) fn check(call: &'static str, code: u32) -> Result<(), CudaError> {
    match code {
        0 => Ok(()),
        OUT_OF_MEMORY => {
            Err(CudaError::OutOfMemory { what: call.to_owned(), requested: 0, free: 0, total: 0 })
        }
        code if is_lost(code) => Err(CudaError::Lost { call, reason: reason(code) }),
        code => Err(CudaError::Call { call, reason: reason(code) }),
    }
}

/// Whether the code stays for the rest of the process: the context is damaged, or the device is gone.
fn is_lost(code: u32) -> bool {
    // Deinitialised, unavailable, uncorrectable errors of memory and links, illegal accesses, timeouts, destroyed contexts, failed
    // launches, and `unknown`, which is what a device says that has fallen off the bus.
    matches!(code, 4 | 46 | 214 | 220 | 226 | 700 | 702 | 709 | 710 | 714..=719 | 721 | 999)
}

/// What the driver says to a code: `unspecified launch failure (719)`.
pub(super) fn reason(code: u32) -> String {
    /// As the bindings declare it, but for codes that they do not know.
    type GetErrorString = unsafe extern "C" fn(u32, *mut *const c_char) -> u32;
    let mut text: *const c_char = std::ptr::null();
    // SAFETY: the contact found the function; it takes any number.
    let known = unsafe {
        sys::culib()
            .get::<GetErrorString>(b"cuGetErrorString")
            .is_ok_and(|name| name(code, &raw mut text) == 0)
    };
    if !known || text.is_null() {
        return format!("error {code}");
    }
    // SAFETY: a text that ends with a zero and lives as long as the driver.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    format!("{text} (error {code})")
}

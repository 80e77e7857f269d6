//! The fake driver in the process of a test: loads it, sets its faults, reads its counters.
//!
//! What a fault breaks stays broken for its device, so a test that sets one takes a device of its own. A test includes this file by its
//! path, beside `library.rs`.

use std::{
    ffi::{CString, c_char, c_int},
    path::Path,
    ptr,
    sync::OnceLock,
};

use libloading::{Library, Symbol};

use super::library::{library, library_with_race_check};

/// Devices of the fake driver in this process.
pub(crate) const DEVICES: u32 = 64;

/// The fake driver.
#[derive(Debug)]
pub(crate) struct Fake(Library);

static FAKE: OnceLock<Fake> = OnceLock::new();

/// Loads the fake driver, which then answers every search for `libcuda.so`.
pub(crate) fn fake() -> &'static Fake {
    FAKE.get_or_init(|| Fake::load(library()))
}

/// The same, for a process in which kernels check every access to memory. Comes before any [`fake`].
pub(crate) fn fake_with_race_check() -> &'static Fake {
    FAKE.get_or_init(|| Fake::load(&library_with_race_check()))
}

impl Fake {
    fn load(path: &Path) -> Self {
        // SAFETY: our own library, whose initialisation only notes the kernels.
        let fake = Self(unsafe { Library::new(path) }.expect("the fake driver loads"));
        fake.set(0, "DEVICES", &DEVICES.to_string());
        fake
    }

    /// Sets what a device does, by the name that follows `FAKE_CUDA_` in `faults.cpp`.
    pub(crate) fn set(&self, device: u32, key: &str, value: &str) {
        let (key, value) = (CString::new(key).unwrap(), CString::new(value).unwrap());
        // SAFETY: the signature in faults.cpp.
        unsafe {
            let set: Symbol<'_, unsafe extern "C" fn(c_int, *const c_char, *const c_char)> =
                self.0.get(b"fake_cuda_set").unwrap();
            set(device as c_int, key.as_ptr(), value.as_ptr());
        }
    }

    /// Takes back what was set.
    pub(crate) fn unset(&self, device: u32, key: &str) {
        let key = CString::new(key).unwrap();
        // SAFETY: the signature in faults.cpp.
        unsafe {
            let set: Symbol<'_, unsafe extern "C" fn(c_int, *const c_char, *const c_char)> =
                self.0.get(b"fake_cuda_set").unwrap();
            set(device as c_int, key.as_ptr(), ptr::null());
        }
    }

    /// What a device has done: `launches`, `copies`, `graphs`, `contexts`; or `bytes`, which are allocated now.
    pub(crate) fn count(&self, device: u32, what: &str) -> u64 {
        let what = CString::new(what).unwrap();
        // SAFETY: the signature in faults.cpp.
        unsafe {
            let count: Symbol<'_, unsafe extern "C" fn(c_int, *const c_char) -> u64> =
                self.0.get(b"fake_cuda_count").unwrap();
            count(device as c_int, what.as_ptr())
        }
    }

    /// The last mistake on a device, in words.
    pub(crate) fn message(&self, device: u32) -> String {
        let mut text = vec![0_u8; 1024];
        // SAFETY: the signature in faults.cpp; the text ends with a zero.
        unsafe {
            let message: Symbol<'_, unsafe extern "C" fn(c_int, *mut u8, usize)> =
                self.0.get(b"fake_cuda_message").unwrap();
            message(device as c_int, text.as_mut_ptr(), text.len());
        }
        String::from_utf8_lossy(text.split(|byte| *byte == 0).next().unwrap()).into_owned()
    }
}

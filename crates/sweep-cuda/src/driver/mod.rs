//! The CUDA driver: where it is found, and safe handles to what it manages.
//!
//! [`contact`] is the one place where the library is loaded. It checks everything that could be missing before anything is called, since
//! a missing library or function would be a panic in the bindings. All other code gets its handles from a [`Device`], which exists only
//! if the contact succeeded.

#![allow(unsafe_code)]

mod call;
mod contact;
mod device;
mod memory;
mod module;
mod stream;

pub use contact::{CudaVersion, DriverInfo, driver_info};
pub(crate) use device::Context;
pub use device::{Device, DeviceInfo, devices};
pub(crate) use memory::{DeviceMemory, PinnedMemory};
pub(crate) use module::Function;
pub(crate) use stream::{Event, Graph, Stream};

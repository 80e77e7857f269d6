//! Trains bundles of networks on NVIDIA GPUs.
//!
//! The driver is found when the program runs, so the program starts and computes on any machine. [`driver_info`] and [`devices`] say what there
//! is; a [`Device`] is opened; an [`Executor`] allocates the regions of a [`launch::Program`] on it, captures an epoch as a graph, and runs
//! epochs ahead of whoever collects their results. The kernels are CUDA C++ in `kernels/`, compiled to PTX that is part of the program.
//! This crate knows neither jobs nor data sets nor who calls it.

mod driver;
mod error;
mod executor;
pub mod launch;
pub mod plan;

pub use driver::{CudaVersion, Device, DeviceInfo, DriverInfo, devices, driver_info};
pub use error::CudaError;
pub use executor::{Collected, Executor, KernelTime, Launching, memory_bytes};

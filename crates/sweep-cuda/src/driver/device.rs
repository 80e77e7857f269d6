//! The GPUs of this machine, and opening one.

use std::{
    collections::HashMap,
    ffi::{CStr, c_char},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use cudarc::driver::sys;

use super::{
    call::call,
    contact::driver_info,
    module::{Function, Module},
};
use crate::{CudaError, error::size};

/// The oldest compute capability that our PTX is for: GTX 10xx.
const NEEDED: (u32, u32) = (6, 1);

/// A GPU, as `sweep devices` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its number.
    pub index: u32,
    /// What it is called: `NVIDIA H200`.
    pub name: String,
    /// Its memory.
    pub total_bytes: u64,
    /// How much of it is free; `None` if the device cannot be opened.
    pub free_bytes: Option<u64>,
    /// Its compute capability: (9, 0).
    pub capability: (u32, u32),
    /// Why it cannot be used, and what to do; `None` if it can.
    pub unusable: Option<String>,
}

/// Lists the GPUs, those that cannot be used included.
///
/// # Errors
/// If there is no driver that can be used, or no device.
pub fn devices() -> Result<Vec<DeviceInfo>, CudaError> {
    driver_info()?;
    Ok((0..device_count()?).map(|index| open(index).0).collect())
}

fn device_count() -> Result<u32, CudaError> {
    let mut count = 0;
    call!(cuDeviceGetCount(&raw mut count))?;
    match u32::try_from(count).unwrap_or(0) {
        0 => Err(CudaError::NoDevice),
        count => Ok(count),
    }
}

/// What a GPU is, and its context if it can be used.
fn open(index: u32) -> (DeviceInfo, Option<Context>) {
    let mut info = match describe(index) {
        Ok(info) => info,
        Err(error) => return (silent(index, &error), None),
    };
    if info.capability < NEEDED {
        info.unusable = Some(format!(
            "its compute capability is {}.{}, and {}.{} is needed (GTX 10xx or later)",
            info.capability.0, info.capability.1, NEEDED.0, NEEDED.1
        ));
        return (info, None);
    }
    match Context::open(index).and_then(|context| Ok((context.free_bytes()?.0, context))) {
        Ok((free, context)) => {
            info.free_bytes = Some(free);
            (info, Some(context))
        }
        Err(error) => {
            info.unusable = Some(cannot_open(&error));
            (info, None)
        }
    }
}

/// What the driver tells of a GPU before it is opened.
fn describe(index: u32) -> Result<DeviceInfo, CudaError> {
    let device = handle(index)?;
    let mut name = [0 as c_char; 256];
    call!(cuDeviceGetName(name.as_mut_ptr(), 255, device))?;
    let mut total = 0;
    call!(cuDeviceTotalMem_v2(&raw mut total, device))?;
    use sys::CUdevice_attribute_enum::{
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
    };
    let capability = (
        attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
        attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
    );
    // SAFETY: the last byte is zero, since the driver was told that there is one less.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
    Ok(DeviceInfo { index, name, total_bytes: total as u64, free_bytes: None, capability, unusable: None })
}

/// A GPU of which the driver tells nothing; the others of the machine can be used all the same.
fn silent(index: u32, error: &CudaError) -> DeviceInfo {
    DeviceInfo {
        index,
        name: "unknown".to_owned(),
        total_bytes: 0,
        free_bytes: None,
        capability: (0, 0),
        unusable: Some(cannot_open(error)),
    }
}

fn cannot_open(error: &CudaError) -> String {
    match error {
        CudaError::OutOfMemory { .. } => "its memory is full; end another program that uses it".to_owned(),
        CudaError::Lost { reason, .. } | CudaError::Call { reason, .. } => {
            format!(
                "it cannot be opened: {reason}. Check with nvidia-smi whether another program holds it exclusively"
            )
        }
        other => other.to_string(),
    }
}

fn handle(index: u32) -> Result<sys::CUdevice, CudaError> {
    let mut device = 0;
    call!(cuDeviceGet(&raw mut device, i32::try_from(index).unwrap_or(i32::MAX)))?;
    Ok(device)
}

fn attribute(device: sys::CUdevice, which: sys::CUdevice_attribute) -> Result<u32, CudaError> {
    let mut value = 0;
    call!(cuDeviceGetAttribute(&raw mut value, which, device))?;
    Ok(u32::try_from(value).unwrap_or(0))
}

/// A GPU that is open. Clones are the same device; all that is made from it keeps it open.
#[derive(Clone)]
pub struct Device {
    info: Arc<DeviceInfo>,
    context: Arc<Context>,
    loaded: Arc<Mutex<Loaded>>,
}

impl Device {
    /// Opens a GPU.
    ///
    /// # Errors
    /// If there is no driver that can be used, no such device, or the device cannot be used.
    pub fn open(index: u32) -> Result<Self, CudaError> {
        driver_info()?;
        let count = device_count()?;
        if index >= count {
            return Err(CudaError::NoSuchDevice { index, count });
        }
        let (info, context) = open(index);
        let Some(context) = context else {
            let reason = info.unusable.unwrap_or_default();
            return Err(CudaError::Unusable { index, name: info.name, reason });
        };
        Ok(Self { context: Arc::new(context), info: Arc::new(info), loaded: Arc::default() })
    }

    /// What it was when it was opened.
    #[must_use]
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Bytes of memory that are free, and all there are.
    ///
    /// # Errors
    /// If the device failed.
    pub fn memory(&self) -> Result<(u64, u64), CudaError> {
        self.context.free_bytes()
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// A kernel of one of these PTX texts. Each text is loaded once for a device, and each kernel looked up once.
    pub(crate) fn function(&self, ptx: &[&'static str], name: &'static str) -> Result<Function, CudaError> {
        let missing = || CudaError::Mistake(format!("there is no kernel {name}"));
        let texts = ptx.first().ok_or_else(missing)?.as_ptr() as usize;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = loaded.functions.get(&(texts, name)) {
            return Ok(function.clone());
        }
        let declaration = format!(".entry {name}(");
        let text = ptx.iter().find(|text| text.contains(&declaration)).ok_or_else(missing)?;
        let module = match loaded.modules.get(&(text.as_ptr() as usize)) {
            Some(module) => Arc::clone(module),
            None => {
                let module = Arc::new(Module::load(&self.context, text)?);
                loaded.modules.insert(text.as_ptr() as usize, Arc::clone(&module));
                module
            }
        };
        let function = Function::find(&module, text, name)?;
        loaded.functions.insert((texts, name), function.clone());
        Ok(function)
    }
}

/// What a device has loaded, by where the PTX lies in this program.
#[derive(Default)]
struct Loaded {
    modules: HashMap<usize, Arc<Module>>,
    functions: HashMap<(usize, &'static str), Function>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GPU {} ({}, {})", self.info.index, self.info.name, size(self.info.total_bytes))
    }
}

/// The primary context of a device, which all users of this process share.
pub(crate) struct Context {
    raw: sys::CUcontext,
    device: sys::CUdevice,
}

// SAFETY: the driver's contexts may be used from any thread, one after another or at once.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    fn open(index: u32) -> Result<Self, CudaError> {
        let device = handle(index)?;
        let mut raw = std::ptr::null_mut();
        call!(cuDevicePrimaryCtxRetain(&raw mut raw, device))?;
        Ok(Self { raw, device })
    }

    /// Makes the context that of this thread; every call that needs one begins with it.
    pub(crate) fn bind(&self) -> Result<(), CudaError> {
        call!(cuCtxSetCurrent(self.raw))
    }

    fn free_bytes(&self) -> Result<(u64, u64), CudaError> {
        self.bind()?;
        let (mut free, mut total) = (0, 0);
        call!(cuMemGetInfo_v2(&raw mut free, &raw mut total))?;
        Ok((free as u64, total as u64))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = call!(cuDevicePrimaryCtxRelease_v2(self.device));
    }
}

//! Kernels from PTX, with the sizes of their parameters.

use std::{
    ffi::{CString, c_void},
    fmt,
    sync::Arc,
};

use cudarc::driver::sys;

use super::{call::call, device::Context};
use crate::CudaError;

/// A PTX text that the driver has compiled for its device.
pub(super) struct Module {
    context: Arc<Context>,
    raw: sys::CUmodule,
}

// SAFETY: modules may be used from any thread.
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

impl Module {
    pub(super) fn load(context: &Arc<Context>, ptx: &str) -> Result<Self, CudaError> {
        context.bind()?;
        let image = CString::new(ptx).map_err(|_| CudaError::Mistake("PTX holds a zero byte".to_owned()))?;
        let mut log = vec![0_u8; 4096];
        let mut options = [
            sys::CUjit_option_enum::CU_JIT_ERROR_LOG_BUFFER,
            sys::CUjit_option_enum::CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
        ];
        // The driver takes numbers in the place of pointers.
        let mut values = [log.as_mut_ptr().cast::<c_void>(), std::ptr::without_provenance_mut(log.len() - 1)];
        let mut raw = std::ptr::null_mut();
        call!(cuModuleLoadDataEx(
            &raw mut raw,
            image.as_ptr().cast(),
            2,
            options.as_mut_ptr(),
            values.as_mut_ptr()
        ))
        .map_err(|error| with_log(error, &log))?;
        Ok(Self { context: Arc::clone(context), raw })
    }
}

fn with_log(error: CudaError, log: &[u8]) -> CudaError {
    let log = String::from_utf8_lossy(log.split(|byte| *byte == 0).next().unwrap_or_default());
    match error {
        CudaError::Call { call, reason } if !log.trim().is_empty() => {
            CudaError::Call { call, reason: format!("{reason}: {}", log.trim()) }
        }
        other => other,
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = self.context.bind();
        let _ = call!(cuModuleUnload(self.raw));
    }
}

/// A kernel.
#[derive(Clone)]
pub(crate) struct Function {
    pub(super) raw: sys::CUfunction,
    name: &'static str,
    parameters: Arc<[usize]>,
    threads: u32,
    _module: Arc<Module>,
}

// SAFETY: functions may be used from any thread; they live as long as their module.
unsafe impl Send for Function {}
// SAFETY: as above.
unsafe impl Sync for Function {}

impl Function {
    pub(super) fn find(module: &Arc<Module>, ptx: &str, name: &'static str) -> Result<Self, CudaError> {
        module.context.bind()?;
        let symbol =
            CString::new(name).map_err(|_| CudaError::Mistake("a name holds a zero byte".to_owned()))?;
        let mut raw = std::ptr::null_mut();
        call!(cuModuleGetFunction(&raw mut raw, module.raw, symbol.as_ptr()))?;
        // This also loads the kernel, which the driver may otherwise do at its first launch, in the middle of a capture.
        let mut threads = 0;
        let which = sys::CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK;
        call!(cuFuncGetAttribute(&raw mut threads, which, raw))?;
        let threads = u32::try_from(threads).unwrap_or(0);
        Ok(Self {
            raw,
            name,
            threads,
            parameters: parameter_bytes(ptx, name).into(),
            _module: Arc::clone(module),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The most threads of a block on this device.
    pub(crate) fn threads(&self) -> u32 {
        self.threads
    }

    /// Bytes of each parameter.
    pub(crate) fn parameters(&self) -> &[usize] {
        &self.parameters
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The bytes of a kernel's parameters, as its PTX declares them: `.param .u64 a_param_0` or `.param .align 8 .b8 a_param_1[24]`.
fn parameter_bytes(ptx: &str, name: &str) -> Vec<usize> {
    let declaration = ptx.split_once(&format!(".entry {name}(")).map_or("", |(_, rest)| rest);
    let declaration = declaration.split_once(')').map_or("", |(parameters, _)| parameters);
    declaration.split(',').filter(|parameter| parameter.contains(".param")).map(bytes_of_parameter).collect()
}

fn bytes_of_parameter(declaration: &str) -> usize {
    if let Some((_, array)) = declaration.split_once('[') {
        return array.trim_end().trim_end_matches(']').parse().unwrap_or(0);
    }
    let kind = declaration.split_whitespace().nth(1).unwrap_or("");
    let bits: usize = kind.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(0);
    bits / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_the_sizes_that_the_ptx_declares() {
        let ptx = ".visible .entry other(\n\t.param .u8 other_param_0\n)\n.visible .entry step(\n\t.param .u64 step_param_0,\n\t.param .f32 \
                   step_param_1,\n\t.param .align 8 .b8 step_param_2[24]\n)\n{\n\tld.param.u64 %rd1, [step_param_0];\n}";
        assert_eq!(parameter_bytes(ptx, "step"), [8, 4, 24]);
        assert_eq!(parameter_bytes(ptx, "other"), [1]);
        assert!(parameter_bytes(ptx, "ste").is_empty());
    }
}

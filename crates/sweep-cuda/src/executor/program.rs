//! Launches with real addresses, checked against their kernels.

use std::ffi::c_void;

use super::regions::Regions;
use crate::{
    CudaError, Device,
    driver::{Function, Stream},
    launch::{Launch, Program, Value},
};

/// Bytes of shared memory that every device has for a block.
const SHARED: u32 = 48 << 10;

/// A launch that is ready for the driver.
#[derive(Debug)]
pub(super) struct Prepared {
    function: Function,
    shape: [[u32; 3]; 2],
    shared_bytes: u32,
    /// Each argument in whole words, so that every type is aligned.
    arguments: Vec<Vec<u64>>,
}

/// Checks what does not depend on a device.
pub(super) fn check(program: &Program) -> Result<(), CudaError> {
    let mistake = |text: String| Err(CudaError::Mistake(text));
    if program.members == 0 || program.members > 65535 {
        return mistake(format!("a bundle of {} members", program.members));
    }
    if program.state_bytes == 0 || !program.state_bytes.is_multiple_of(4) {
        return mistake(format!("a state of {} bytes is not a whole number of floats", program.state_bytes));
    }
    let Some(state) = program.regions.get(program.state.0) else {
        return mistake("there is no region for the states".to_owned());
    };
    if state.stride() < program.state_bytes {
        return mistake(format!(
            "the region {} has no room for a state of {} bytes",
            state.name, program.state_bytes
        ));
    }
    Ok(())
}

/// Finds the kernels and addresses of launches.
pub(super) fn prepare(
    device: &Device,
    ptx: &[&'static str],
    regions: &Regions,
    launches: &[Launch],
) -> Result<Vec<Prepared>, CudaError> {
    launches.iter().map(|launch| prepare_one(device, ptx, regions, launch)).collect()
}

fn prepare_one(
    device: &Device,
    ptx: &[&'static str],
    regions: &Regions,
    launch: &Launch,
) -> Result<Prepared, CudaError> {
    let function = device.function(ptx, launch.kernel)?;
    let mistake = |text: String| CudaError::Mistake(format!("kernel {}: {text}", launch.kernel));
    if launch.shared_bytes > SHARED {
        return Err(mistake(format!("{} bytes of shared memory; a block has {SHARED}", launch.shared_bytes)));
    }
    if launch.grid.contains(&0) || launch.block.contains(&0) {
        return Err(mistake(format!("an empty grid or block: {:?}, {:?}", launch.grid, launch.block)));
    }
    let threads = launch.block.iter().map(|&length| u64::from(length)).product::<u64>();
    if threads > u64::from(function.threads()) {
        return Err(mistake(format!("blocks of {threads} threads; the device takes {}", function.threads())));
    }
    let (values, parameters) = (launch.arguments.values(), function.parameters());
    if values.len() != parameters.len() {
        return Err(mistake(format!(
            "{} arguments, but it has {} parameters",
            values.len(),
            parameters.len()
        )));
    }
    let mut arguments = Vec::with_capacity(values.len());
    for (index, (value, &needed)) in values.iter().zip(parameters).enumerate() {
        let words = match value {
            Value::Address(place) => vec![regions.address(*place, 0)?],
            Value::Plain(bytes) => in_words(bytes),
        };
        let given = if let Value::Plain(bytes) = value { bytes.len() } else { size_of::<u64>() };
        if given != needed {
            return Err(mistake(format!(
                "argument {index} has {given} bytes, but its parameter has {needed}"
            )));
        }
        arguments.push(words);
    }
    Ok(Prepared {
        function,
        shape: [launch.grid, launch.block],
        shared_bytes: launch.shared_bytes,
        arguments,
    })
}

fn in_words(bytes: &[u8]) -> Vec<u64> {
    let word = |part: &[u8]| {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        u64::from_ne_bytes(word)
    };
    bytes.chunks(8).map(word).collect()
}

/// Puts launches on a stream.
pub(super) fn launch_all(stream: &Stream, launches: &[Prepared]) -> Result<(), CudaError> {
    launches.iter().try_for_each(|launch| launch.put(stream))
}

impl Prepared {
    pub(super) fn kernel(&self) -> &'static str {
        self.function.name()
    }

    /// Puts this launch on a stream.
    pub(super) fn put(&self, stream: &Stream) -> Result<(), CudaError> {
        // The driver only reads them.
        let mut pointers: Vec<*mut c_void> =
            self.arguments.iter().map(|words| words.as_ptr().cast_mut().cast()).collect();
        stream.launch(&self.function, self.shape, self.shared_bytes, &mut pointers)
    }
}

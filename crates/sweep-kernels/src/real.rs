//! The two element types of the fused forms: float32 for training, float64 for checking it.

use std::cell::RefCell;

use candle_core::{CpuStorage, DType, Result, WithDType};

use crate::vector::{InstructionSet, Kernel};

/// float32 or float64.
pub trait Real: WithDType {
    /// Runs a kernel compiled for `set`.
    #[doc(hidden)]
    fn run<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output;

    /// The vector of a storage of this type.
    fn cpu_storage_as_mut_vec(storage: &mut CpuStorage) -> Option<&mut Vec<Self>>;

    /// Lends the thread's own scratch memory, `length` elements of unspecified values, to `work`. Not to be nested.
    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R;
}

impl Real for f32 {
    fn run<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output {
        set.run_f32(kernel)
    }

    fn cpu_storage_as_mut_vec(storage: &mut CpuStorage) -> Option<&mut Vec<Self>> {
        match storage {
            CpuStorage::F32(elements) => Some(elements),
            _ => None,
        }
    }

    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R {
        thread_local!(static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        lend(&SCRATCH, length, work)
    }
}

impl Real for f64 {
    fn run<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output {
        set.run_f64(kernel)
    }

    fn cpu_storage_as_mut_vec(storage: &mut CpuStorage) -> Option<&mut Vec<Self>> {
        match storage {
            CpuStorage::F64(elements) => Some(elements),
            _ => None,
        }
    }

    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R {
        thread_local!(static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) });
        lend(&SCRATCH, length, work)
    }
}

fn lend<T: Real, R>(
    scratch: &'static std::thread::LocalKey<RefCell<Vec<T>>>,
    length: usize,
    work: impl FnOnce(&mut [T]) -> R,
) -> R {
    // Taken out for the time of the work, so that nesting would cost memory rather than a panic.
    let mut memory = scratch.take();
    if memory.len() < length {
        memory.resize(length, T::zero());
    }
    let result = work(&mut memory[..length]);
    scratch.replace(memory);
    result
}

/// Runs an expression with `$real` standing for the type of the tensor's elements.
macro_rules! for_real {
    ($tensor_type:expr, $real:ident => $work:expr) => {
        match $tensor_type {
            candle_core::DType::F32 => {
                type $real = f32;
                $work
            }
            candle_core::DType::F64 => {
                type $real = f64;
                $work
            }
            other => Err($crate::real::unsupported(other)),
        }
    };
}
pub(crate) use for_real;

/// The error for other element types.
pub(crate) fn unsupported(found: DType) -> candle_core::Error {
    candle_core::Error::Msg(format!(
        "elements of type {} where float32 or float64 are needed",
        found.as_str()
    ))
}

/// The result for a failed precondition.
pub(crate) fn refuse<T>(message: String) -> Result<T> {
    Err(candle_core::Error::Msg(message))
}

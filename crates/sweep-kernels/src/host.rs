//! Access to the elements of tensors on the processor, and the way back.

use std::ops::Range;

use candle_core::{CpuStorage, Device, Layout, Result, Shape, Storage, StorageRef, Tensor};

use crate::real::{Real, refuse};

/// The elements of a contiguous operand of a custom operation.
pub(crate) fn elements<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let range = contiguous_range(layout)?;
    Ok(&T::cpu_storage_as_slice(storage)?[range])
}

/// The elements of a contiguous operand that is written to.
pub(crate) fn elements_mut<'a, T: Real>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [T]> {
    let range = contiguous_range(layout)?;
    match T::cpu_storage_as_mut_vec(storage) {
        Some(elements) => Ok(&mut elements[range]),
        None => refuse(format!("the storage holds no {}", T::DTYPE.as_str())),
    }
}

fn contiguous_range(layout: &Layout) -> Result<Range<usize>> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(start..end),
        None => refuse(format!("an operand of shape {:?} is not contiguous", layout.shape())),
    }
}

/// A tensor on the processor, open for reading.
pub(crate) struct HostTensor<'a> {
    storage: StorageRef<'a>,
    layout: &'a Layout,
}

/// Opens a contiguous tensor on the processor.
pub(crate) fn open(tensor: &Tensor) -> HostTensor<'_> {
    let (storage, layout) = tensor.storage_and_layout();
    HostTensor { storage, layout }
}

impl HostTensor<'_> {
    /// Its elements, row-major.
    pub(crate) fn elements<T: Real>(&self) -> Result<&[T]> {
        match &*self.storage {
            Storage::Cpu(storage) => elements(storage, self.layout),
            Storage::Cuda(_) | Storage::Metal(_) => {
                refuse("a fused operation was given a tensor that is not on the processor".to_owned())
            }
        }
    }
}

/// A tensor of `elements`, taken over without a copy.
pub(crate) fn tensor<T: Real>(elements: Vec<T>, shape: impl Into<Shape>) -> Result<Tensor> {
    Tensor::from_vec(elements, shape.into(), &Device::Cpu)
}

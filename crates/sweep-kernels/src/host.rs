//! Access to the elements of tensors on the processor, and the way back.

use std::{cell::Cell, marker::PhantomData, ops::Range};

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, StorageRef, Tensor, Var};

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

/// Lends the elements, row-major, of a contiguous tensor on the processor.
///
/// # Errors
/// Where the tensor is elsewhere, not contiguous, or of another type.
pub fn with_elements<T: Real, R>(tensor: &Tensor, work: impl FnOnce(&[T]) -> R) -> Result<R> {
    Ok(work(open(tensor).elements()?))
}

/// Lends the elements, row-major, of a variable on the processor for a change in place. Tensors of a graph that were made from the variable
/// change with it.
///
/// # Errors
/// As for [`with_elements`].
pub fn with_elements_mut<T: Real, R>(variable: &Var, work: impl FnOnce(&mut [T]) -> R) -> Result<R> {
    let change = Change { work: Cell::new(Some(work)), result: Cell::new(None), real: PhantomData::<T> };
    variable.inplace_op1(&change)?;
    match change.result.take() {
        Some(result) => Ok(result),
        None => refuse("a variable is not on the processor".to_owned()),
    }
}

/// A change of elements as an in-place operation, which candle lets have them.
struct Change<T, W, R> {
    work: Cell<Option<W>>,
    result: Cell<Option<R>>,
    real: PhantomData<T>,
}

impl<T: Real, R, W: FnOnce(&mut [T]) -> R> InplaceOp1 for Change<T, W, R> {
    fn name(&self) -> &'static str {
        "change of elements"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let elements = elements_mut::<T>(storage, layout)?;
        self.result.set(self.work.take().map(|work| work(elements)));
        Ok(())
    }
}

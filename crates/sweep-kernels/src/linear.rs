//! The dense layer.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, WithDType, backend::BackendStorage};

use crate::{
    Form,
    host::{elements, open, tensor},
    matrix::{Matrix, Target, multiply},
    real::{Real, for_real, refuse},
};

/// `x` `[batch, in]` times the transpose of `weight` `[out, in]`, plus `bias` `[out]`. Result: `[batch, out]`.
///
/// # Errors
/// Where the shapes do not fit.
pub fn linear(form: Form, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let ((batch, inputs), (outputs, weight_inputs)) = (x.dims2()?, weight.dims2()?);
    if inputs != weight_inputs || bias.dims() != [outputs] {
        return refuse(format!(
            "a dense layer of {:?} with weights {:?} and bias {:?} cannot be",
            x.dims(),
            weight.dims(),
            bias.dims()
        ));
    }
    match form {
        Form::Fused => {
            let operation = Linear { batch, inputs, outputs };
            x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, operation)
        }
        Form::Composed => x.matmul(&weight.t()?)?.broadcast_add(bias),
    }
}

#[derive(Debug, Clone, Copy)]
struct Linear {
    batch: usize,
    inputs: usize,
    outputs: usize,
}

impl Linear {
    fn forward<T: Real>(self, x: &[T], weight: &[T], bias: &[T]) -> Vec<T> {
        let mut out: Vec<T> = bias.iter().copied().cycle().take(self.batch * self.outputs).collect();
        let weight = Matrix::new(weight, self.outputs, self.inputs).transposed();
        multiply(Matrix::new(x, self.batch, self.inputs), weight, &mut out, self.outputs, Target::Add);
        out
    }

    fn backward<T: Real>(self, x: &[T], weight: &[T], gradient: &[T]) -> [Vec<T>; 3] {
        let gradient = Matrix::new(gradient, self.batch, self.outputs);
        let mut dx = vec![T::zero(); self.batch * self.inputs];
        multiply(
            gradient,
            Matrix::new(weight, self.outputs, self.inputs),
            &mut dx,
            self.inputs,
            Target::Replace,
        );
        let mut dw = vec![T::zero(); self.outputs * self.inputs];
        let x = Matrix::new(x, self.batch, self.inputs);
        multiply(gradient.transposed(), x, &mut dw, self.inputs, Target::Replace);
        let mut db = vec![0.0; self.outputs];
        for row in gradient.elements.chunks_exact(self.outputs.max(1)) {
            db.iter_mut().zip(row).for_each(|(sum, term)| *sum += term.to_f64());
        }
        [dx, dw, db.into_iter().map(T::from_f64).collect()]
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "dense layer"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_real!(x.dtype(), T => {
            let (weight, bias) = (elements(weight, weight_layout)?, elements(bias, bias_layout)?);
            let out = self.forward::<T>(elements(x, x_layout)?, weight, bias);
            Ok((T::to_cpu_storage_owned(out), (self.batch, self.outputs).into()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let (xs, weights, gradients) = (open(x), open(weight), open(&gradient));
        for_real!(x.dtype(), T => {
            let [dx, dw, db] = self.backward::<T>(xs.elements()?, weights.elements()?, gradients.elements()?);
            Ok((
                Some(tensor(dx, x.shape())?),
                Some(tensor(dw, weight.shape())?),
                Some(tensor(db, bias.shape())?),
            ))
        })
    }
}

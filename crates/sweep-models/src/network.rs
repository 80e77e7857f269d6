//! A network with its weights: parameters and bounds on norms. How it computes is in `computation`.

use candle_core::{DType, Device, Tensor, Var};
use sweep_job::{self as job, ModelKind};
use sweep_kernels::{Activation, Form, limit_row_norms};
use sweep_networks::{Blueprint, ConvolutionNorm, JobWords, LayerKind, SettingValues};

use crate::{
    InputShape, LayerRow, ModelError, Settings,
    computation::Computation,
    layers::{Initialiser, Layer, batch_norm, convolution, dense, pooling},
};

/// A network with its weights.
#[derive(Debug)]
pub struct Network {
    settings: Settings,
    pub(crate) shape: InputShape,
    pub(crate) blueprint: Blueprint,
    pub(crate) layers: Vec<(String, Layer)>,
    pub(crate) parameters: Vec<(String, Var)>,
    /// Those of the last step, in the order of the parameters.
    pub(crate) gradients: Vec<Tensor>,
    pub(crate) computation: Computation,
    pub(crate) dtype: DType,
    pub(crate) device: Device,
}

/// The layer table of `model` with the settings `values` for trials of `shape`, whatever its activation and dropout.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn layer_table(
    model: ModelKind,
    values: &SettingValues,
    shape: InputShape,
) -> Result<Vec<LayerRow>, ModelError> {
    Ok(model.descriptor().blueprint(values, shape)?.rows(JobWords::ANY))
}

impl Network {
    /// A network for trials of `shape` with new weights from `seed`. `dtype` is float32, or float64 for checks.
    ///
    /// Weights and biases of convolutions and of the dense layer are uniform in +-1/sqrt(fan_in), where fan_in is inputs / groups
    /// times the kernel's size, as PyTorch's defaults; those of batch normalisation are 1 and 0. The numbers of parameter i, in the
    /// order of [`parameters`](Self::parameters), are the stream (`seed`, initialisation, epoch 0, step i).
    ///
    /// # Errors
    /// Where the trials are too short, there is no channel or fewer than two classes, or a setting is out of its range.
    pub fn new(
        settings: &Settings,
        shape: InputShape,
        seed: u64,
        dtype: DType,
        device: &Device,
    ) -> Result<Self, ModelError> {
        check(settings, dtype)?;
        let blueprint = settings.model.descriptor().blueprint(&settings.more, shape)?;
        let mut new = Initialiser::new(seed, dtype, device);
        let mut layers = Vec::with_capacity(blueprint.layers.len());
        for layer in &blueprint.layers {
            layers.push((layer.name.clone(), instantiate(layer.kind, settings, &mut new)?));
        }
        let parameters = parameters(&layers);
        let network = Self {
            settings: settings.clone(),
            shape,
            blueprint,
            layers,
            parameters,
            gradients: Vec::new(),
            computation: Computation::Composed,
            dtype,
            device: device.clone(),
        };
        network.with_form(Form::for_device(device))
    }

    /// The trainable parameters by name, in the order of the state dict.
    pub fn parameters(&self) -> &[(String, Var)] {
        &self.parameters
    }

    /// Number of trainable values.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(|(_, parameter)| parameter.elem_count()).sum()
    }

    /// Scales weights whose norm is above its bound, where the settings have bounds: those of every output unit of the bounded
    /// convolutions (EEGNet: the depthwise one; DeepConvNet: all) and of the dense layer. Biases are left alone. As `torch.renorm`:
    /// the factor is bound / (norm + 1e-7). Called after every optimizer step.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn apply_max_norm(&self) -> Result<(), ModelError> {
        let Some(bounds) = self.settings.max_norm else { return Ok(()) };
        for (_, layer) in &self.layers {
            match layer {
                Layer::Convolution(layer) if layer.sizes.max_norm == ConvolutionNorm::Bounded => {
                    limit_row_norms(self.form(), &layer.weight, bounds.convolution)?;
                }
                Layer::Dense(layer) => limit_row_norms(self.form(), &layer.weight, bounds.dense)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The layers with output shapes and numbers of parameters.
    pub fn layers(&self) -> Vec<LayerRow> {
        let activation = match self.settings.activation {
            job::Activation::Relu => "ReLU".to_owned(),
            job::Activation::LeakyRelu { slope } => format!("LeakyReLU {slope}"),
            job::Activation::Elu { alpha } => format!("ELU {alpha}"),
        };
        let dropout = format!("Dropout {}", self.settings.dropout);
        self.blueprint.rows(JobWords { activation: &activation, dropout: &dropout })
    }

    /// The settings it was built from.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The sizes it was built for.
    pub fn shape(&self) -> InputShape {
        self.shape
    }

    /// The type it computes in.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }
}

fn check(settings: &Settings, dtype: DType) -> Result<(), ModelError> {
    let range = |setting, value: f64, fits: bool, range| {
        if fits { Ok(()) } else { Err(ModelError::Setting { setting, value, range }) }
    };
    let Settings { activation, dropout, max_norm, .. } = *settings;
    range("dropout", dropout, (0.0..1.0).contains(&dropout), "0 or more and below 1")?;
    match activation {
        job::Activation::Relu => {}
        job::Activation::LeakyRelu { slope } => range("slope", slope, slope.is_finite(), "a finite number")?,
        job::Activation::Elu { alpha } => range("alpha", alpha, alpha.is_finite(), "a finite number")?,
    }
    if let Some(bounds) = max_norm {
        for (setting, bound) in
            [("max_norm.convolution", bounds.convolution), ("max_norm.dense", bounds.dense)]
        {
            range(setting, bound, bound > 0.0, "above 0")?;
        }
    }
    match dtype {
        DType::F32 | DType::F64 => Ok(()),
        other => Err(ModelError::ElementType { found: other.as_str() }),
    }
}

fn instantiate(kind: LayerKind, settings: &Settings, new: &mut Initialiser<'_>) -> Result<Layer, ModelError> {
    Ok(match kind {
        LayerKind::Convolution(sizes) => Layer::Convolution(convolution(sizes, new)?),
        LayerKind::BatchNorm { planes } => Layer::BatchNorm(batch_norm(planes, new)?),
        LayerKind::Activation => Layer::Activation(match settings.activation {
            job::Activation::Relu => Activation::Relu,
            job::Activation::LeakyRelu { slope } => Activation::LeakyRelu { slope },
            job::Activation::Elu { alpha } => Activation::Elu { alpha },
        }),
        LayerKind::Pool { pooling: kind, size } => Layer::Pool { pooling: pooling(kind), size },
        LayerKind::Dropout { number, copies } => {
            Layer::Dropout { number, copies, probability: settings.dropout }
        }
        LayerKind::Flatten => Layer::Flatten,
        LayerKind::Dense { inputs, outputs } => Layer::Dense(dense(inputs, outputs, new)?),
    })
}

fn parameters(layers: &[(String, Layer)]) -> Vec<(String, Var)> {
    let mut parameters = Vec::new();
    for (name, layer) in layers {
        let (weight, bias) = match layer {
            Layer::Convolution(layer) => (&layer.weight, layer.bias.as_ref()),
            Layer::BatchNorm(layer) => (&layer.weight, Some(&layer.bias)),
            Layer::Dense(layer) => (&layer.weight, Some(&layer.bias)),
            Layer::Activation(_) | Layer::Pool { .. } | Layer::Dropout { .. } | Layer::Flatten => continue,
        };
        parameters.push((format!("{name}.weight"), weight.clone()));
        parameters.extend(bias.map(|bias| (format!("{name}.bias"), bias.clone())));
    }
    parameters
}

//! A network as a value, and the macro that lists all networks.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{Blueprint, BlueprintError, InputShape, NamedLayer, NetworkSetting, SettingValues};

/// What a network is, apart from its weights. Each network's file has one.
#[derive(Debug)]
pub struct Descriptor {
    /// The name in sweep files, the database and on the command line.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// Where it was published.
    pub citation: &'static str,
    /// The dropout probability of jobs that set none.
    pub dropout: f64,
    /// The bounds of `max_norm = true`.
    pub max_norm: MaxNorm,
    /// The batch size of the lab's experiment.
    pub batch_size: u32,
    /// The version of the database that first knows it.
    pub since: u32,
    /// The settings that this network has and others may lack.
    pub settings: &'static [NetworkSetting],
    /// Its layers for some settings and trials, if the trials are long enough: [`blueprint`](Self::blueprint) checks that.
    pub(crate) build: fn(&SettingValues, InputShape) -> Result<Blueprint, BlueprintError>,
}

/// Channels, samples and classes of a network, at most.
const MOST: usize = 1 << 24;
/// Values of a layer's output, and parameters of a layer, at most.
const MOST_VALUES: usize = 1 << 40;
/// No network needs more samples.
pub(crate) const MOST_SAMPLES: usize = 1 << 60;

impl Descriptor {
    /// Its own setting `name`, if it has one.
    pub fn setting(&self, name: &str) -> Option<&'static NetworkSetting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Those of `values` that are its own settings.
    pub fn own(&self, values: &SettingValues) -> SettingValues {
        let mut own = SettingValues::default();
        for setting in self.settings {
            own.set(setting.name, values.get(setting.name));
        }
        own
    }

    /// Its layers for `shape` with the settings `values`; of those, only its own matter.
    ///
    /// # Errors
    /// If it cannot be built for `shape`, or with these settings.
    pub fn blueprint(&self, values: &SettingValues, shape: InputShape) -> Result<Blueprint, BlueprintError> {
        if [shape.channels, shape.samples, shape.classes].iter().any(|size| *size > MOST) {
            return Err(BlueprintError::TooLarge { shape, most: MOST });
        }
        if shape.channels == 0 || shape.classes < 2 {
            return Err(BlueprintError::EmptyShape { shape });
        }
        let blueprint = (self.build)(values, shape)?;
        if is_empty(&blueprint) {
            let needed = self.fewest_samples(values, shape);
            return Err(BlueprintError::TooShort { network: self.title, samples: shape.samples, needed });
        }
        let is_large = |layer: &&NamedLayer| {
            let values = layer.output.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
            values.max(layer.kind.parameter_count()) > MOST_VALUES
        };
        match blueprint.layers.iter().find(is_large) {
            Some(layer) => {
                Err(BlueprintError::LayerTooLarge { network: self.title, layer: layer.name.clone() })
            }
            None => Ok(blueprint),
        }
    }

    /// The fewest samples a trial for which no layer is without output.
    fn fewest_samples(&self, values: &SettingValues, shape: InputShape) -> usize {
        let fits = |samples| {
            (self.build)(values, InputShape { samples, ..shape }).is_ok_and(|layers| !is_empty(&layers))
        };
        first(shape.samples..MOST_SAMPLES, fits)
    }
}

/// Whether a layer has no output, because the trials are too short.
fn is_empty(blueprint: &Blueprint) -> bool {
    blueprint.layers.iter().any(|layer| layer.output.contains(&0))
}

/// The first number of `range` for which `holds` is true, by bisection: once true, it must stay true. Returns the end of the range if
/// it is never true.
pub(crate) fn first(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = range;
    while start < end {
        let middle = start + (end - start) / 2;
        if holds(middle) {
            end = middle;
        } else {
            start = middle + 1;
        }
    }
    end
}

/// Upper bounds on the Euclidean norm of the weights of each output unit, applied after every optimizer step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MaxNorm {
    /// For convolutions: in EEGNet the depthwise one, in DeepConvNet all.
    pub convolution: f64,
    /// For the dense layer.
    pub dense: f64,
}

/// Declares the networks: `Variant => file`. Tables have them in this order.
macro_rules! networks {
    ($($variant:ident => $module:ident),* $(,)?) => {
        /// The networks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ModelKind {
            $(
                #[doc = concat!("The network of `", stringify!($module), ".rs`.")]
                $variant,
            )*
        }

        impl ModelKind {
            /// All of them, in the order of tables.
            pub const ALL: [Self; [$(stringify!($variant)),*].len()] = [$(Self::$variant),*];

            /// Their names in sweep files, in that order.
            pub const NAMES: [&'static str; Self::ALL.len()] = [$($module::NETWORK.name),*];

            /// What is known of the network.
            pub const fn descriptor(self) -> &'static Descriptor {
                match self {
                    $(Self::$variant => &$module::NETWORK,)*
                }
            }
        }
    };
}

pub(crate) use networks;

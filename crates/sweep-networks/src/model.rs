//! A network as a value, and the macro that lists all networks.

use serde::{Deserialize, Serialize};

use crate::NetworkSetting;

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
}

impl Descriptor {
    /// Its own setting `name`, if it has one.
    pub fn setting(&self, name: &str) -> Option<&'static NetworkSetting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
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
        $(mod $module;)*

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

            /// What the network is.
            pub const fn descriptor(self) -> &'static Descriptor {
                match self {
                    $(Self::$variant => &$module::NETWORK,)*
                }
            }
        }
    };
}

pub(crate) use networks;

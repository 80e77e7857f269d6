//! What is known of a network without its layers, and the macro that lists all networks.

use serde::{Deserialize, Serialize};

/// The name and defaults of a network. Each network's file has one.
#[derive(Debug)]
pub struct Descriptor {
    /// The name in sweep files, the database and on the command line.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The dropout probability of jobs that set none.
    pub dropout: f64,
    /// The bounds of `max_norm = true`.
    pub max_norm: MaxNorm,
    /// The batch size of the lab's experiment.
    pub batch_size: u32,
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

            /// The name and defaults of the network.
            pub fn descriptor(self) -> &'static Descriptor {
                match self {
                    $(Self::$variant => &$module::NETWORK,)*
                }
            }
        }
    };
}

pub(crate) use networks;

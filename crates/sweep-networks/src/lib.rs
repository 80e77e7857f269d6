//! Which networks there are, what each can be set to, and which layers it has. A network is one file, its `mod` line, and one line of the list below.
//!
//! Everything here is plain data. This crate holds no weights, computes nothing, and knows no jobs.

mod blueprint;
mod builder;
mod convolution;
mod cost;
mod deepconvnet;
mod eegnet;
mod error;
mod infer;
mod kind;
mod layer;
mod model;
mod setting;
mod shallow;
mod shape;
mod table;
mod values;

pub use blueprint::{Blueprint, Input, NamedLayer};
pub use builder::{Builder, Place};
pub use convolution::{Bias, Bound, ConvolutionSizes, Initial, Padding};
pub use error::BlueprintError;
pub use infer::{InferError, InferredShape};
pub use layer::{Combination, EPSILON, Function, LayerKind, MOMENTUM, Pooling};
pub use model::{Descriptor, MaxNorm};
pub use setting::{Bounds, NetworkSetting, SettingKind};
pub use shape::InputShape;
pub use table::{JobWords, LayerRow};
pub use values::{MOST_IN_LIST, SettingValue, SettingValues, WholeList};

model::networks! {
    EegNet => eegnet,
    DeepConvNet => deepconvnet,
    Shallow => shallow,
}

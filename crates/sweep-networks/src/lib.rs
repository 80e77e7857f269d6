//! Which networks there are, what each can be set to, and which layers it has. A network is one file and one line of the list below.
//!
//! Everything here is plain data. This crate holds no weights, computes nothing, and knows no jobs.

mod blueprint;
mod builder;
mod error;
mod infer;
mod kind;
mod model;
mod setting;
mod shape;
mod table;
mod values;

pub use blueprint::{
    Bias, Blueprint, ConvolutionNorm, ConvolutionSizes, Input, LayerKind, NamedLayer, Padding, Pooling,
};
pub use error::BlueprintError;
pub use infer::{InferError, InferredShape};
pub use model::{Descriptor, MaxNorm};
pub use setting::{Bounds, NetworkSetting, SettingKind};
pub use shape::InputShape;
pub use table::{JobWords, LayerRow};
pub use values::{MOST_IN_LIST, SettingValue, SettingValues, WholeList};

model::networks! {
    EegNet => eegnet,
    DeepConvNet => deepconvnet,
}

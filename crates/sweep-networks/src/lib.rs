//! Which networks there are, and what each can be set to. A network is one file and one line of the list below.
//!
//! Everything here is plain data. This crate holds no weights, computes nothing, and knows no jobs.

mod kind;
mod model;
mod setting;
mod shape;
mod values;

pub use model::{Descriptor, MaxNorm};
pub use setting::{Bounds, NetworkSetting, SettingKind};
pub use shape::InputShape;
pub use values::{MOST_IN_LIST, SettingValue, SettingValues, WholeList};

model::networks! {
    EegNet => eegnet,
    DeepConvNet => deepconvnet,
}

//! The protocol buffers of TensorBoard's HPARAMS tab, as far as they are written here: `plugin_data.proto` and `api.proto` of its plugin
//! `hparams`, and `struct.proto` of protobuf. It knows no jobs.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

use super::message::SummaryValue;

/// What the plugin understands.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PluginData {
    #[prost(int32, tag = "1")]
    pub(crate) version: i32,
    #[prost(oneof = "Data", tags = "2, 3, 4")]
    pub(crate) data: Option<Data>,
}

/// Of what a value of the plugin speaks.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Data {
    #[prost(message, tag = "2")]
    Experiment(Experiment),
    #[prost(message, tag = "3")]
    SessionStart(SessionStart),
    #[prost(message, tag = "4")]
    SessionEnd(SessionEnd),
}

/// All sessions: which settings and figures they have.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Experiment {
    #[prost(string, tag = "1")]
    pub(crate) description: String,
    /// Seconds since 1970.
    #[prost(double, tag = "3")]
    pub(crate) created: f64,
    #[prost(message, repeated, tag = "4")]
    pub(crate) settings: Vec<Setting>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) figures: Vec<Figure>,
}

/// A setting of the sessions (`HParamInfo`).
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Setting {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(enumeration = "SettingType", tag = "4")]
    pub(crate) setting_type: i32,
    #[prost(oneof = "Domain", tags = "5, 6")]
    pub(crate) domain: Option<Domain>,
    /// Whether the sessions differ in it.
    #[prost(bool, tag = "7")]
    pub(crate) differs: bool,
}

/// The type of a setting's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum SettingType {
    Unset = 0,
    Text = 1,
    Truth = 2,
    Number = 3,
}

/// The values that a setting has.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Domain {
    #[prost(message, tag = "5")]
    Discrete(ValueList),
    #[prost(message, tag = "6")]
    Interval(Interval),
}

/// Some values.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueList {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<SettingValue>,
}

/// The least and the greatest value.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Interval {
    #[prost(double, tag = "1")]
    pub(crate) least: f64,
    #[prost(double, tag = "2")]
    pub(crate) greatest: f64,
}

/// A figure of the sessions (`MetricInfo`): the last value of a tag.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Figure {
    #[prost(message, optional, tag = "1")]
    pub(crate) name: Option<FigureName>,
    #[prost(string, tag = "3")]
    pub(crate) title: String,
    #[prost(string, tag = "4")]
    pub(crate) description: String,
}

/// The tag of a figure.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FigureName {
    #[prost(string, tag = "2")]
    pub(crate) tag: String,
}

/// A session's settings.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(crate) settings: BTreeMap<String, SettingValue>,
    /// Seconds since 1970.
    #[prost(double, tag = "5")]
    pub(crate) started: f64,
}

/// A setting's value (`google.protobuf.Value`).
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SettingValue {
    #[prost(oneof = "Kind", tags = "2, 3, 4")]
    pub(crate) kind: Option<Kind>,
}

/// What a setting's value is.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Kind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Truth(bool),
}

/// A session's end.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SessionEnd {
    #[prost(enumeration = "Status", tag = "1")]
    pub(crate) status: i32,
    /// Seconds since 1970.
    #[prost(double, tag = "2")]
    pub(crate) ended: f64,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Status {
    Unknown = 0,
    Success = 1,
    Failure = 2,
    Running = 3,
}

impl Data {
    /// It as a value of an event.
    pub(crate) fn into_value(self) -> SummaryValue {
        let tag = match self {
            Self::Experiment(_) => "_hparams_/experiment",
            Self::SessionStart(_) => "_hparams_/session_start_info",
            Self::SessionEnd(_) => "_hparams_/session_end_info",
        };
        let content = PluginData { version: 0, data: Some(self) }.encode_to_vec();
        SummaryValue::for_plugin(tag, "hparams", content)
    }
}

//! The protocol buffers of event files, as far as they are written here: `event.proto`, `summary.proto` and `tensor.proto` of
//! TensorBoard. It knows no jobs.

use prost::{Message, Oneof};

/// An event: something at a time and a step.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(crate) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(crate) step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    pub(crate) what: Option<What>,
}

/// What an event is.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum What {
    /// The first event of a file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

/// Values of one step.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<SummaryValue>,
}

/// A value with its name.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SummaryValue {
    #[prost(string, tag = "1")]
    pub(crate) tag: String,
    #[prost(message, optional, tag = "9")]
    pub(crate) metadata: Option<SummaryMetadata>,
    #[prost(oneof = "Value", tags = "2, 8")]
    pub(crate) value: Option<Value>,
}

/// The value itself.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Value {
    /// A number, in single precision.
    #[prost(float, tag = "2")]
    Simple(f32),
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

/// For which part of TensorBoard a value is.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    pub(crate) plugin_data: Option<PluginData>,
    #[prost(string, tag = "3")]
    pub(crate) summary_description: String,
    #[prost(enumeration = "DataClass", tag = "4")]
    pub(crate) data_class: i32,
}

/// The part's name, and what it alone understands.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PluginData {
    #[prost(string, tag = "1")]
    pub(crate) plugin_name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) content: Vec<u8>,
}

/// How the values of a tag are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum DataClass {
    Unknown = 0,
    Scalar = 1,
    Tensor = 2,
}

/// A tensor without numbers, such as stands for a value that has metadata alone.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tensor {
    #[prost(enumeration = "DataType", tag = "1")]
    pub(crate) data_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<Shape>,
}

/// The type of a tensor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum DataType {
    Invalid = 0,
    Float = 1,
}

/// The shape of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub(crate) dimensions: Vec<Dimension>,
}

/// An axis of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dimension {
    #[prost(int64, tag = "1")]
    pub(crate) size: i64,
}

impl Event {
    /// The first event of a file, with the version of its form that TensorFlow 2 writes.
    pub(crate) fn file_version(wall_time: f64) -> Self {
        Self { wall_time, step: 0, what: Some(What::FileVersion("brain.Event:2".to_owned())) }
    }

    /// Values of a step.
    pub(crate) fn summary(wall_time: f64, step: i64, values: Vec<SummaryValue>) -> Self {
        Self { wall_time, step, what: Some(What::Summary(Summary { values })) }
    }
}

impl SummaryValue {
    /// A number.
    pub(crate) fn scalar(tag: String, number: f64) -> Self {
        Self { tag, metadata: None, value: Some(Value::Simple(number as f32)) }
    }

    /// What a plugin alone understands; its tensor has the shape `[0]`.
    pub(crate) fn for_plugin(tag: &str, plugin_name: &str, content: Vec<u8>) -> Self {
        let plugin_data = Some(PluginData { plugin_name: plugin_name.to_owned(), content });
        let metadata = SummaryMetadata {
            plugin_data,
            summary_description: String::new(),
            data_class: DataClass::Tensor.into(),
        };
        let shape = Some(Shape { dimensions: vec![Dimension { size: 0 }] });
        let tensor = Tensor { data_type: DataType::Float.into(), shape };
        Self { tag: tag.to_owned(), metadata: Some(metadata), value: Some(Value::Tensor(tensor)) }
    }
}

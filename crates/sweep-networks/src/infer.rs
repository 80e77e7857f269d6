//! The sizes of a network from the shapes of its weights.

use std::ops::RangeInclusive;

use crate::{
    Blueprint, BlueprintError, Descriptor, InputShape, SettingValues,
    model::{MOST_SAMPLES, first},
};

/// What the weights of a network tell of the trials that it was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferredShape {
    /// EEG channels.
    pub channels: usize,
    /// Classes.
    pub classes: usize,
    /// Samples a trial: all of these give the same weights.
    pub samples: RangeInclusive<usize>,
}

/// Why weights do not tell the sizes of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InferError {
    /// There is no such parameter.
    Missing {
        /// Its name.
        name: String,
    },
    /// A parameter cannot have this shape in the network.
    Shape {
        /// Its name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
    },
    /// No parameter depends on this size.
    Untold {
        /// The size.
        what: &'static str,
    },
    /// The network cannot be built for the sizes.
    Blueprint(BlueprintError),
}

impl From<BlueprintError> for InferError {
    fn from(error: BlueprintError) -> Self {
        Self::Blueprint(error)
    }
}

/// The sizes of two networks that are compared: long enough for most networks.
const PROBE: InputShape = InputShape { channels: 7, samples: 1 << 20, classes: 3 };

/// An axis of a parameter.
struct Axis {
    parameter: String,
    axis: usize,
}

impl Descriptor {
    /// The sizes of this network with the settings `values`, from the shapes of its parameters.
    ///
    /// # Errors
    /// If a parameter that tells a size is not there, or not one of this network.
    pub fn infer_shape(
        &self,
        values: &SettingValues,
        shape_of: impl Fn(&str) -> Option<Vec<usize>>,
    ) -> Result<InferredShape, InferError> {
        let size_at = |Axis { parameter, axis }: &Axis| {
            let found = shape_of(parameter).ok_or_else(|| InferError::Missing { name: parameter.clone() })?;
            match found.get(*axis) {
                // A tensor without values may claim any length.
                Some(size) if !found.contains(&0) => Ok(*size),
                _ => Err(InferError::Shape { name: parameter.clone(), found }),
            }
        };
        let build = |shape| (self.build)(values, shape);
        let probe = build(PROBE)?;
        let axis_of = |what, shape, sizes| {
            axis(&probe, &build(shape)?, |one, other| (one, other) == sizes)
                .ok_or(InferError::Untold { what })
        };
        let other = InputShape { channels: 11, samples: 2 * PROBE.samples, classes: 5 };

        let channels_in = InputShape { channels: other.channels, ..PROBE };
        let channels = size_at(&axis_of("channels", channels_in, (PROBE.channels, other.channels))?)?;
        let classes_in = InputShape { classes: other.classes, ..PROBE };
        let class_axis = axis_of("classes", classes_in, (PROBE.classes, other.classes))?;
        let classes = size_at(&class_axis)?;
        let unlike = |axis: &Axis| InferError::Shape {
            name: axis.parameter.clone(),
            found: shape_of(&axis.parameter).unwrap_or_default(),
        };
        if classes < 2 {
            return Err(unlike(&class_axis));
        }
        let longer = build(InputShape { samples: other.samples, ..PROBE })?;
        let Some(time_axis) = axis(&probe, &longer, |one, other| one != other) else {
            return Ok(InferredShape { channels, classes, samples: 1..=MOST_SAMPLES });
        };
        let wanted = size_at(&time_axis)?;
        let size = |samples| {
            let network = build(InputShape { channels, samples, classes });
            network.ok().and_then(|network| size_of(&network, &time_axis)).unwrap_or(0)
        };
        let fewest = first(1..MOST_SAMPLES, |samples| size(samples) >= wanted);
        let beyond = first(fewest..MOST_SAMPLES, |samples| size(samples) > wanted);
        if beyond == fewest {
            return Err(unlike(&time_axis));
        }
        Ok(InferredShape { channels, classes, samples: fewest..=beyond - 1 })
    }
}

/// The first axis of a parameter whose sizes in two networks are such.
fn axis(one: &Blueprint, other: &Blueprint, are_such: impl Fn(usize, usize) -> bool) -> Option<Axis> {
    one.parameters().zip(other.parameters()).find_map(|((parameter, one), (_, other))| {
        let axis = one.iter().zip(&other).position(|(one, other)| are_such(*one, *other))?;
        Some(Axis { parameter, axis })
    })
}

fn size_of(network: &Blueprint, Axis { parameter, axis }: &Axis) -> Option<usize> {
    network.parameters().find(|(name, _)| name == parameter).and_then(|(_, shape)| shape.get(*axis).copied())
}

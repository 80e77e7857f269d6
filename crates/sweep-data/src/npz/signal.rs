//! The array `signal`: three axes in either layout and either order, into `[trial, channel, time]`. Knows no
//! labels.

use std::path::PathBuf;

use npyz::Order;
use sweep_job::Layout;

use super::{
    element::Element,
    member::{Array, Visitor},
};
use crate::{DataError, recording::FiniteSum};

/// A signal as read.
pub(super) struct Signal {
    pub(super) channels: usize,
    pub(super) samples: usize,
    pub(super) values: Vec<f32>,
    pub(super) sums: Vec<FiniteSum>,
}

const EXPECTED_TYPE: &str = "real numbers (a float or integer type of at most 64 bits)";

/// At most this many values are reserved before any has been read.
const FIRST_RESERVATION: usize = 1 << 22;

pub(super) fn read(array: Array<'_>, layout: Layout) -> Result<Signal, DataError> {
    let kind = array.element_type(EXPECTED_TYPE)?;
    let shape = shape(&array, layout)?;
    let [trials, _, _] = shape;
    let mut reader = Reader {
        path: array.place.path.clone(),
        axes: Axes::new(shape, layout, array.order()),
        values: Vec::with_capacity(shape.iter().product::<usize>().min(FIRST_RESERVATION)),
        sums: Vec::new(),
        trials,
    };
    array.visit(kind, &mut reader)?;
    let Reader { axes, values, sums, .. } = reader;
    let [_, second, third] = shape;
    let (channels, samples) = match layout {
        Layout::TrialTimeChannel => (third, second),
        Layout::TrialChannelTime => (second, third),
    };
    Ok(Signal { channels, samples, values: axes.arrange(values), sums })
}

/// Trials, channels and samples, of which the header and the size of the array agree. No value is read.
pub(super) fn sizes(array: &Array<'_>, layout: Layout) -> Result<[usize; 3], DataError> {
    array.check_size(array.element_type(EXPECTED_TYPE)?)?;
    let [trials, second, third] = shape(array, layout)?;
    Ok(match layout {
        Layout::TrialTimeChannel => [trials, third, second],
        Layout::TrialChannelTime => [trials, second, third],
    })
}

/// The three lengths, none 0, whose product fits memory's address.
fn shape(array: &Array<'_>, layout: Layout) -> Result<[usize; 3], DataError> {
    let axes = match layout {
        Layout::TrialTimeChannel => "[trial, time, channel]",
        Layout::TrialChannelTime => "[trial, channel, time]",
    };
    let wrong =
        || array.place.unexpected(format!("three axes {axes}, none of them empty"), array.description());
    let &[a, b, c] = array.shape() else { return Err(wrong()) };
    let lengths = [a, b, c].map(|length| usize::try_from(length).unwrap_or(0));
    let product = lengths.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
    match product {
        Some(1..) => Ok(lengths),
        _ => Err(wrong()),
    }
}

/// How many places of the file lie between neighbours, along each axis of `[trial, channel, time]`.
struct Axes {
    lengths: [usize; 3],
    strides: [usize; 3],
}

impl Axes {
    fn new(shape: [usize; 3], layout: Layout, order: Order) -> Self {
        let [a, b, c] = shape;
        let strides = match order {
            Order::C => [b * c, c, 1],
            Order::Fortran => [1, a, a * b],
        };
        match layout {
            Layout::TrialChannelTime => Self { lengths: shape, strides },
            Layout::TrialTimeChannel => {
                Self { lengths: [a, c, b], strides: [strides[0], strides[2], strides[1]] }
            }
        }
    }

    /// Trial, channel and sample at place `index` of the file.
    fn position(&self, index: usize) -> [usize; 3] {
        std::array::from_fn(|axis| index / self.strides[axis] % self.lengths[axis])
    }

    /// The values in the order `[trial, channel, time]`.
    fn arrange(&self, values: Vec<f32>) -> Vec<f32> {
        let [trials, channels, samples] = self.lengths;
        if self.strides == [channels * samples, samples, 1] {
            return values;
        }
        let [trial_stride, channel_stride, time_stride] = self.strides;
        let mut arranged = Vec::with_capacity(values.len());
        for trial in 0..trials {
            for channel in 0..channels {
                let start = trial * trial_stride + channel * channel_stride;
                arranged.extend((0..samples).map(|sample| values[start + sample * time_stride]));
            }
        }
        arranged
    }
}

struct Reader {
    path: PathBuf,
    axes: Axes,
    values: Vec<f32>,
    /// Grows with the trials that have been met: the claimed number allocates nothing.
    sums: Vec<FiniteSum>,
    trials: usize,
}

impl Visitor for Reader {
    fn value<T: Element>(&mut self, value: T) -> Result<(), DataError> {
        let (index, value) = (self.values.len(), value.sample());
        let single = value as f32;
        if single.is_infinite() {
            let [trial, channel, sample] = self.axes.position(index);
            return Err(DataError::InfiniteSample { path: self.path.clone(), trial, channel, sample, value });
        }
        let trial = index / self.axes.strides[0] % self.trials;
        if trial == self.sums.len() {
            self.sums.push(FiniteSum::default());
        }
        if !value.is_nan() {
            self.sums[trial].add(value);
        }
        self.values.push(single);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_layout_and_order_finds_every_value(a in 1usize..5, b in 1usize..5, c in 1usize..5) {
            for layout in [Layout::TrialTimeChannel, Layout::TrialChannelTime] {
                for order in [Order::C, Order::Fortran] {
                    let axes = Axes::new([a, b, c], layout, order);
                    let file: Vec<f32> = (0..a * b * c).map(|index| index as f32).collect();
                    let arranged = axes.arrange(file);
                    for (index, value) in arranged.iter().enumerate() {
                        let [_, channels, samples] = axes.lengths;
                        let expected = [index / samples / channels, index / samples % channels, index % samples];
                        prop_assert_eq!(axes.position(*value as usize), expected);
                    }
                }
            }
        }
    }
}

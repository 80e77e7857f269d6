//! The arrays `label` and `subject`: one whole number a trial. Knows nothing of classes.

use super::{
    element::Element,
    member::{Array, Place, Visitor},
};
use crate::DataError;

const EXPECTED_TYPE: &str = "whole numbers (an integer type, or a float type with whole values)";

/// At most this many values are reserved before any has been read.
const FIRST_RESERVATION: usize = 1 << 16;

/// One whole number for each of `trials` trials, from an array of shape `(n,)` or `(n, 1)`.
pub(super) fn read(array: Array<'_>, trials: usize) -> Result<Vec<i64>, DataError> {
    let kind = array.element_type(EXPECTED_TYPE)?;
    if !matches!(array.shape(), [n] | [n, 1] if *n == trials as u64) {
        let expected =
            format!("one value for each of the {trials} trials: shape ({trials},) or ({trials}, 1)");
        return Err(array.place.unexpected(expected, array.description()));
    }
    // Where the signal was not read, nothing has shown yet that there are so many trials.
    let values = Vec::with_capacity(trials.min(FIRST_RESERVATION));
    let mut reader = Reader { place: array.place.clone(), values };
    array.visit(kind, &mut reader)?;
    Ok(reader.values)
}

struct Reader {
    place: Place,
    values: Vec<i64>,
}

impl Visitor for Reader {
    fn value<T: Element>(&mut self, value: T) -> Result<(), DataError> {
        let whole = value.whole().ok_or_else(|| DataError::NotWhole {
            path: self.place.path.clone(),
            array: self.place.array,
            trial: self.values.len(),
            value: value.to_string(),
            range: T::WHOLE_RANGE,
        })?;
        self.values.push(whole);
        Ok(())
    }
}

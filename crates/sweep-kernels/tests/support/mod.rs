//! What the tests share: numbers, their comparison, and the stream of a mask.

#![allow(dead_code, unused_macros, unused_imports, reason = "each test file uses its own part")]

pub(crate) mod slices;

use sweep_random::{Purpose, Stream};

/// The dropout stream of a seed.
pub(crate) fn dropout_stream(seed: u64) -> Stream {
    Stream::new(seed, Purpose::Dropout { layer: 1 }, 4, 5)
}

//! How large a sweep may be, so that planning ends in seconds and in little memory.

/// Combinations that a sweep may have, before any are removed. A million jobs are planned in seconds and fit into the
/// memory of a small machine.
pub(crate) const MOST_COMBINATIONS: u64 = 1_000_000;

/// How often a combination may be compared with a `[[when]]` or `[[exclude]]` block: some seconds of work.
pub(crate) const MOST_COMPARISONS: u64 = 200_000_000;

/// Values that all ranges of a sweep may have together.
pub(crate) const MOST_IN_RANGES: u64 = 4 * MOST_COMBINATIONS;

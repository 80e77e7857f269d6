//! Sizes of memory as people write and read them, and the limits that one of them replaces.

use std::str::FromStr;

use sweep_job::DeviceChoice;
use sweep_scheduler::{Executor, MemoryLimits};

/// A size of memory as given on the command line, such as `12GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemorySize(pub(crate) u64);

/// Units and their bytes; the longer names first.
const UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

impl FromStr for MemorySize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no size of memory: write a number and a unit, such as 12GiB or 800MB");
        let lower = text.trim().to_lowercase();
        let unit = UNITS.iter().find_map(|(unit, bytes)| Some((lower.strip_suffix(unit)?, *bytes)));
        let (number, bytes) = unit.ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let size = number * bytes as f64;
        // Larger than any machine, and exact in either type.
        if (1.0..=(1u64 << 60) as f64).contains(&size) { Ok(Self(size as u64)) } else { Err(wrong()) }
    }
}

/// The memory that workers may use: what their executor says, or the user instead.
pub(crate) fn memory_of(
    executor: &impl Executor,
    device: DeviceChoice,
    threads: u32,
    given: Option<MemorySize>,
) -> MemoryLimits {
    let limits = executor.capacity(device, threads).memory;
    match given {
        Some(MemorySize(bytes)) => limits.given(bytes),
        None => limits,
    }
}

/// `640 MiB`, `1.9 GiB`: rounded up, to two digits at least.
pub(crate) fn bytes_text(bytes: u64) -> String {
    const MIB: f64 = (1 << 20) as f64;
    let mib = (bytes as f64 / MIB).ceil();
    if mib < 1024.0 {
        return format!("{mib} MiB");
    }
    let gib = (bytes as f64 / (1024.0 * MIB) * 10.0).ceil() / 10.0;
    format!("{gib:.1} GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in [
            ("12GiB", 12 << 30),
            ("1.5 GiB", 3 << 29),
            ("800MB", 800_000_000),
            ("64kib", 64 << 10),
            ("1b", 1),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(text.parse(), Ok(MemorySize(bytes)), "{text}");
        }
        for text in ["", "12", "GiB", "-1GiB", "0MB", "nanGiB", "infGiB", "1e300TiB", "12 elephants"] {
            assert!(text.parse::<MemorySize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_never_said_to_be_smaller_than_it_is() {
        let texts =
            [1, 1 << 20, (1 << 20) + 1, 1023 << 20, 1 << 30, (1 << 30) + 1, 20_000_000_000].map(bytes_text);
        assert_eq!(texts, ["1 MiB", "1 MiB", "2 MiB", "1023 MiB", "1.0 GiB", "1.1 GiB", "18.7 GiB"]);
    }
}

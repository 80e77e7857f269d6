//! The value types of arrays that are accepted, and what each makes of a value. Knows no bytes.

use npyz::{DType, TypeChar};

/// A type of numbers that NumPy stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementType {
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl ElementType {
    /// The type of `dtype`, if it is a real number of at most 64 bits.
    pub(super) fn of(dtype: &DType) -> Option<Self> {
        let DType::Plain(plain) = dtype else { return None };
        Some(match (plain.type_char(), plain.size_field()) {
            (TypeChar::Float, 2) => Self::F16,
            (TypeChar::Float, 4) => Self::F32,
            (TypeChar::Float, 8) => Self::F64,
            (TypeChar::Int, 1) => Self::I8,
            (TypeChar::Int, 2) => Self::I16,
            (TypeChar::Int, 4) => Self::I32,
            (TypeChar::Int, 8) => Self::I64,
            (TypeChar::Uint, 1) => Self::U8,
            (TypeChar::Uint, 2) => Self::U16,
            (TypeChar::Uint, 4) => Self::U32,
            (TypeChar::Uint, 8) => Self::U64,
            _ => return None,
        })
    }

    /// Bytes of a value.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }
}

/// A number of one of these types.
pub(super) trait Element: npyz::Deserialize + Copy + std::fmt::Display {
    /// Which whole numbers [`whole`](Self::whole) takes, in words.
    const WHOLE_RANGE: &'static str;
    /// As a sample of a signal.
    fn sample(self) -> f64;
    /// As a label, if it is a whole number of that range.
    fn whole(self) -> Option<i64>;
}

macro_rules! integer {
    ($($kind:ty),*) => {$(
        impl Element for $kind {
            const WHOLE_RANGE: &'static str = "from -9223372036854775808 to 9223372036854775807";
            fn sample(self) -> f64 {
                self as f64
            }
            fn whole(self) -> Option<i64> {
                i64::try_from(self).ok()
            }
        }
    )*};
}
integer!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! float {
    ($($kind:ty),*) => {$(
        impl Element for $kind {
            const WHOLE_RANGE: &'static str =
                "from -9007199254740992 to 9007199254740992, beyond which a float is not exact";
            fn sample(self) -> f64 {
                f64::from(self)
            }
            fn whole(self) -> Option<i64> {
                whole_float(f64::from(self))
            }
        }
    )*};
}
float!(half::f16, f32, f64);

/// Beyond 2^53 a float no longer says which whole number was meant.
fn whole_float(value: f64) -> Option<i64> {
    const EXACT: f64 = (1u64 << 53) as f64;
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_labels() {
        assert_eq!(2.0f64.whole(), Some(2));
        assert_eq!((-3.0f32).whole(), Some(-3));
        assert_eq!(u64::MAX.whole(), None);
        for value in [1.5, f64::NAN, f64::INFINITY, 1e17] {
            assert_eq!(value.whole(), None, "{value}");
        }
    }
}

//! The two element types of the fused forms: float32 for training, float64 for checking it.

use std::cell::RefCell;

use candle_core::{CpuStorage, DType, Result, WithDType};

/// float32 or float64.
pub(crate) trait Real: WithDType {
    /// exp(x) - 1, accurate near 0; minus 1 for very negative x, NaN for NaN. For x at most 0.
    fn exp_m1_of_negative(self) -> Self;

    /// exp(x). For x at most 0.
    fn exp_of_negative(self) -> Self;

    /// The vector of a storage of this type.
    fn cpu_storage_as_mut_vec(storage: &mut CpuStorage) -> Option<&mut Vec<Self>>;

    /// Lends the thread's own scratch memory, `length` elements of unspecified values, to `work`. Not to be nested.
    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R;
}

impl Real for f32 {
    #[inline(always)]
    fn exp_m1_of_negative(self) -> Self {
        let (scale, fraction) = reduce(self);
        scale * fraction + (scale - 1.0)
    }

    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        let (scale, fraction) = reduce(self);
        scale * fraction + scale
    }

    fn cpu_storage_as_mut_vec(storage: &mut CpuStorage) -> Option<&mut Vec<Self>> {
        match storage {
            CpuStorage::F32(elements) => Some(elements),
            _ => None,
        }
    }

    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R {
        thread_local!(static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        lend(&SCRATCH, length, work)
    }
}

impl Real for f64 {
    #[inline(always)]
    fn exp_m1_of_negative(self) -> Self {
        self.exp_m1()
    }

    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        self.exp()
    }

    fn cpu_storage_as_mut_vec(storage: &mut CpuStorage) -> Option<&mut Vec<Self>> {
        match storage {
            CpuStorage::F64(elements) => Some(elements),
            _ => None,
        }
    }

    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R {
        thread_local!(static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) });
        lend(&SCRATCH, length, work)
    }
}

/// Splits exp(x) into a power of two and a fraction: exp(x) = 2^n (1 + p), where p = exp(r) - 1 and r = x - n ln 2 lies
/// within half of ln 2 around 0. Returns (2^n, p). The polynomial and the two-part ln 2 are those of Cephes' `expf` (Moshier), whose
/// relative error is below 2e-7; written without branches so that the compiler uses vector registers.
#[inline(always)]
fn reduce(x: f32) -> (f32, f32) {
    /// 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // Below, 2^n would leave the normal numbers; exp(-87) is 1.6e-38. A NaN passes the comparison and stays.
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let fraction = p * (r * r) + r;
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let scale = f32::from_bits((exponent.wrapping_add(127) << 23) as u32);
    (scale, fraction)
}

fn lend<T: Real, R>(
    scratch: &'static std::thread::LocalKey<RefCell<Vec<T>>>,
    length: usize,
    work: impl FnOnce(&mut [T]) -> R,
) -> R {
    // Taken out for the time of the work, so that nesting would cost memory rather than a panic.
    let mut memory = scratch.take();
    if memory.len() < length {
        memory.resize(length, T::zero());
    }
    let result = work(&mut memory[..length]);
    scratch.replace(memory);
    result
}

/// Runs an expression with `$real` standing for the type of the tensor's elements.
macro_rules! for_real {
    ($tensor_type:expr, $real:ident => $work:expr) => {
        match $tensor_type {
            candle_core::DType::F32 => {
                type $real = f32;
                $work
            }
            candle_core::DType::F64 => {
                type $real = f64;
                $work
            }
            other => Err($crate::real::unsupported(other)),
        }
    };
}
pub(crate) use for_real;

/// The error for other element types.
pub(crate) fn unsupported(found: DType) -> candle_core::Error {
    candle_core::Error::Msg(format!(
        "elements of type {} where float32 or float64 are needed",
        found.as_str()
    ))
}

/// The result for a failed precondition.
pub(crate) fn refuse<T>(message: String) -> Result<T> {
    Err(candle_core::Error::Msg(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_accurate_over_the_whole_negative_axis() {
        let mut worst = (0.0f64, 0.0f64);
        for step in 0..2_000_000 {
            let x = -88.0 * (f64::from(step) / 2e6).powi(3);
            let (x, exact) = (x as f32, f64::from(x as f32));
            let e = (f64::from(x.exp_of_negative()) / exact.max(-87.0).exp() - 1.0).abs();
            let m = if x == 0.0 {
                f64::from(x.exp_m1_of_negative()).abs()
            } else {
                (f64::from(x.exp_m1_of_negative()) / exact.exp_m1() - 1.0).abs()
            };
            worst = (worst.0.max(e), worst.1.max(m));
        }
        // Two units in the last place.
        assert!(worst.0 < 2.4e-7 && worst.1 < 2.4e-7, "{worst:?}");
    }

    #[test]
    fn exponentials_at_the_edges() {
        assert_eq!(0f32.exp_of_negative(), 1.0);
        assert_eq!(0f32.exp_m1_of_negative(), 0.0);
        assert_eq!(f32::NEG_INFINITY.exp_m1_of_negative(), -1.0);
        assert!(f32::NEG_INFINITY.exp_of_negative() < 2e-38);
        assert!(f32::NAN.exp_of_negative().is_nan() && f32::NAN.exp_m1_of_negative().is_nan());
    }
}

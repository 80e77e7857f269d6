//! AVX2 with fused multiply-add, and AVX-512, for float32.
//!
//! The methods are inlined into functions that are compiled for the set; those are reached through an
//! [`InstructionSet`](super::InstructionSet) alone, which exists only for what the processor has.

use std::arch::x86_64::*;

use super::{Elementwise, Kernel, SHIFTED_TO_EXPONENT, Simd, Vector, exponential_parts};

/// AVX2 and FMA: 16 registers of 8 elements.
pub(crate) struct Avx2;

/// AVX-512 F, VL, DQ and BW: 32 registers of 16 elements, or of 8.
pub(crate) struct Avx512;

/// 8 elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Eight(__m256);

/// 16 elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sixteen(__m512);

/// The arithmetic of one vector type.
macro_rules! vector {
    ($vector:ident, $width:literal, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $mul_add:ident) => {
        impl Vector<f32> for $vector {
            const WIDTH: usize = $width;

            #[inline(always)]
            fn splat(value: f32) -> Self {
                // SAFETY: the processor has the instruction; see the head of this file. So for all below.
                Self(unsafe { $splat(value) })
            }

            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                // SAFETY: and the caller vouches for the elements.
                Self(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                // SAFETY: and the caller vouches for the elements.
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: as for `splat`.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: as for `splat`.
                Self(unsafe { $sub(self.0, other.0) })
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                // SAFETY: as for `splat`.
                Self(unsafe { $mul(self.0, other.0) })
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                // SAFETY: as for `splat`.
                Self(unsafe { $mul_add(self.0, factor.0, addend.0) })
            }
        }
    };
}

vector!(
    Eight,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_fmadd_ps
);
vector!(
    Sixteen,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_fmadd_ps
);

/// 1.5 * 2^23 + n to 2^n.
#[inline(always)]
fn two_to(shifted: Eight) -> Eight {
    // SAFETY: see the head of this file.
    unsafe {
        let bits = _mm256_sub_epi32(_mm256_castps_si256(shifted.0), _mm256_set1_epi32(SHIFTED_TO_EXPONENT));
        Eight(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(bits)))
    }
}

impl Elementwise<f32> for Eight {
    #[inline(always)]
    fn choose_where_at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        // SAFETY: see the head of this file.
        unsafe {
            let is_at_most = _mm256_cmp_ps::<_CMP_LE_OQ>(self.0, bound.0);
            Self(_mm256_blendv_ps(otherwise.0, then.0, is_at_most))
        }
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: see the head of this file.
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: see the head of this file.
        Self(unsafe { _mm256_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn exp_m1_of_negative(self) -> Self {
        let (scale, fraction) = exponential_parts(self, two_to);
        scale.mul_add(fraction, scale.sub(Self::splat(1.0)))
    }

    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        let (scale, fraction) = exponential_parts(self, two_to);
        scale.mul_add(fraction, scale)
    }
}

impl Simd<f32> for Avx2 {
    type Vector = Eight;
    type Wide = Eight;
    const ROWS: usize = 6;

    fn call<K: Kernel<f32>>(kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<K: Kernel<f32>>(kernel: K) -> K::Output {
            kernel.run::<Avx2>()
        }
        // SAFETY: the processor has the set; see the head of this file.
        unsafe { compiled(kernel) }
    }
}

impl Simd<f32> for Avx512 {
    type Vector = Eight;
    type Wide = Sixteen;
    const ROWS: usize = 12;

    fn call<K: Kernel<f32>>(kernel: K) -> K::Output {
        #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
        fn compiled<K: Kernel<f32>>(kernel: K) -> K::Output {
            kernel.run::<Avx512>()
        }
        // SAFETY: the processor has the set; see the head of this file.
        unsafe { compiled(kernel) }
    }
}

//! Dropout masks: what they are made of, and how many elements they keep.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use proptest::prelude::*;
use support::{dropout_stream, slices::in_every_set};
use sweep_kernels::{InstructionSet, Mask, Real};

/// The first `count` 16-bit numbers of a stream: of each word the low half, then the high half.
fn halves(seed: u64, count: usize) -> Vec<u16> {
    let mut words = vec![0; count.div_ceil(2)];
    dropout_stream(seed).fill(0, &mut words);
    words.into_iter().flat_map(|word| [word as u16, (word >> 16) as u16]).take(count).collect()
}

fn factors<T: Real>(set: InstructionSet, mask: Mask, first: usize, count: usize) -> Vec<T> {
    let mut factors = vec![T::from_f64(-1.0); count];
    mask.factors(set, first, &mut factors);
    factors
}

fn check_halves<T: Real>(set: InstructionSet, _: f64) {
    for (probability, threshold) in
        [(0.25, 1 << 14), (0.5, 1 << 15), (0.1, 6554), (0.99999, 65_535), (1e-5, 1)]
    {
        let mask = Mask::new(probability, dropout_stream(5)).unwrap();
        // The factor makes up for what is dropped, by the probability as it is rounded.
        let scale = T::from_f64(65_536.0 / f64::from(65_536 - threshold));
        for count in [0, 1, 7, 8, 255, 256, 257, 1000] {
            let expected = halves(5, count)
                .into_iter()
                .map(|half| if u32::from(half) >= threshold as u32 { scale } else { T::zero() });
            let found = factors::<T>(set, mask, 0, count);
            assert!(found.iter().copied().eq(expected), "{set} {probability} {count}");
        }
    }
}

#[test]
fn a_mask_is_the_halves_of_the_words_of_its_stream() {
    in_every_set!(check_halves(), f64: 0.0, f32: 0.0);
}

#[test]
#[cfg_attr(miri, ignore = "one in 65536 is kept: too many draws for an interpreter")]
fn probabilities_are_rounded_to_steps_of_a_65536th() {
    let mask = |probability: f64| Mask::new(probability, dropout_stream(1));
    let step = 1.0 / 65_536.0;
    for nothing in [0.0, -0.0, 0.49 * step, -0.1, f64::NEG_INFINITY, f64::NAN] {
        assert!(mask(nothing).is_none(), "{nothing}");
    }
    let scale = |probability: f64| {
        let factors = factors::<f64>(InstructionSet::plain(), mask(probability).unwrap(), 0, 1 << 18);
        factors.into_iter().find(|factor| *factor > 0.0).unwrap()
    };
    for (probability, threshold) in
        [(0.51, 1), (1.0, 1), (1.49, 1), (1.51, 2), (32_768.4, 32_768), (65_535.9, 65_535)]
    {
        let expected = 65_536.0 / f64::from(65_536 - threshold);
        assert_eq!(scale(probability * step), expected, "{probability} steps");
    }
}

#[test]
fn masks_keep_their_share() {
    let count = if cfg!(miri) { 1 << 10 } else { 1 << 20 };
    for (seed, probability) in [(1, 0.5), (2, 0.25), (3, 0.1), (4, 0.9), (5, 0.01)] {
        let mask = Mask::new(probability, dropout_stream(seed)).unwrap();
        let factors = factors::<f32>(InstructionSet::detect(), mask, 0, count);
        let kept = factors.iter().filter(|factor| **factor > 0.0).count() as f64;
        // Five standard deviations of a binomial distribution, and the rounding of the probability.
        let bound = 5.0 * (probability * (1.0 - probability) / count as f64).sqrt() + 0.5 / 65_536.0;
        let share = kept / count as f64;
        assert!((share - (1.0 - probability)).abs() < bound, "{probability}: {share}");
    }
}

#[test]
#[should_panic(expected = "first element of a mask")]
fn a_first_element_within_a_block_is_refused() {
    factors::<f32>(InstructionSet::plain(), Mask::new(0.5, dropout_stream(1)).unwrap(), 4, 8);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 128 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn factors_are_a_part_of_the_whole_mask(block in 0usize..200, count in 0usize..700, probability in 0.001f64..0.999, seed: u64) {
        let mask = Mask::new(probability, dropout_stream(seed)).unwrap();
        let whole = factors::<f32>(InstructionSet::plain(), mask, 0, 8 * block + count);
        for set in InstructionSet::available() {
            let part = factors::<f32>(set, mask, 8 * block, count);
            prop_assert_eq!(&part[..], &whole[8 * block..]);
        }
    }
}

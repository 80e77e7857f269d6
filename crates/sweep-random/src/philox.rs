//! The bijection itself: Philox 4x32 with 10 rounds, one block at a time and several side by side.

/// Multipliers and key increments of Philox 4x32 (Salmon et al. 2011, section 3.2, and Random123's `philox.h`).
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_INCREMENTS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// Blocks that [`lanes`] computes side by side, so that the compiler can use vector registers.
pub(crate) const LANES: usize = 8;

/// One block: the bijection of `counter` under `key`.
pub(crate) fn block(key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let product0 = u64::from(MULTIPLIERS[0]) * u64::from(c0);
        let product1 = u64::from(MULTIPLIERS[1]) * u64::from(c2);
        (c0, c1, c2, c3) = (
            (product1 >> 32) as u32 ^ c1 ^ k0,
            product1 as u32,
            (product0 >> 32) as u32 ^ c3 ^ k1,
            product0 as u32,
        );
        k0 = k0.wrapping_add(KEY_INCREMENTS[0]);
        k1 = k1.wrapping_add(KEY_INCREMENTS[1]);
    }
    [c0, c1, c2, c3]
}

/// The blocks `first..first + LANES` into `words`, block after block; `rest` are the counter's other three words.
pub(crate) fn lanes(key: [u32; 2], first: u32, rest: [u32; 3], words: &mut [u32]) {
    let columns = side_by_side::<LANES>(key, first, rest);
    for (lane, block) in words.chunks_exact_mut(4).enumerate() {
        block.copy_from_slice(&columns.map(|column| column[lane]));
    }
}

/// Blocks that [`wide`] computes side by side: for callers with wider vector registers.
pub(crate) const WIDE: usize = 16;

/// The blocks `first..first + WIDE`, word by word.
#[inline(always)]
pub(crate) fn wide(key: [u32; 2], first: u32, rest: [u32; 3]) -> [[u32; WIDE]; 4] {
    side_by_side(key, first, rest)
}

#[inline(always)]
fn side_by_side<const N: usize>(key: [u32; 2], first: u32, rest: [u32; 3]) -> [[u32; N]; 4] {
    let mut c0: [u32; N] = std::array::from_fn(|lane| first.wrapping_add(lane as u32));
    let (mut c1, mut c2, mut c3) = ([rest[0]; N], [rest[1]; N], [rest[2]; N]);
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        for lane in 0..N {
            let product0 = u64::from(MULTIPLIERS[0]) * u64::from(c0[lane]);
            let product1 = u64::from(MULTIPLIERS[1]) * u64::from(c2[lane]);
            c0[lane] = (product1 >> 32) as u32 ^ c1[lane] ^ k0;
            c1[lane] = product1 as u32;
            c2[lane] = (product0 >> 32) as u32 ^ c3[lane] ^ k1;
            c3[lane] = product0 as u32;
        }
        k0 = k0.wrapping_add(KEY_INCREMENTS[0]);
        k1 = k1.wrapping_add(KEY_INCREMENTS[1]);
    }
    [c0, c1, c2, c3]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that Random123 1.14 publishes (`kat_vectors`, philox4x32 10).
    #[test]
    fn known_answers() {
        assert_eq!(block([0; 2], [0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(block([!0; 2], [!0; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let answer = [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1];
        assert_eq!(block([0xa409_3822, 0x299f_31d0], counter), answer);
    }
}

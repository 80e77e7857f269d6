//! Philox 4x32-10: the one random generator of the program, for initial weights, shuffling, dropout, splits and the
//! synthetic data set.
//!
//! The generator is counter-based (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
//! a number is a function of its key and its counter, and no state is carried from one to the next. The key is the
//! seed; the counter is (block, step, epoch, purpose). So any epoch of any job can be reproduced by itself, whatever ran before it
//! or beside it, on any number of threads.

mod draws;
mod philox;

pub use draws::Draws;

/// Four 32-bit words a block.
const WORDS_PER_BLOCK: usize = 4;

/// Eight 16-bit numbers a block.
pub const HALVES_PER_BLOCK: usize = 8;

/// What numbers are for. Streams of different purposes never share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Initial weights; the step is the index of the parameter in the state dict's order.
    Initialisation,
    /// Order of the train set; the epoch is the epoch.
    Shuffle,
    /// Dropout masks; epoch and step are those of the training.
    Dropout {
        /// Number of the dropout layer in the network, from 0.
        layer: u8,
    },
    /// Split of a train set into train and validation set.
    ValidationSplit,
    /// The synthetic data set; epoch and step are free for its generator.
    Synthetic,
}

impl Purpose {
    /// The counter's last word. Values are part of every result: they never change.
    fn word(self) -> u32 {
        match self {
            Self::Initialisation => 1,
            Self::Shuffle => 2,
            Self::Dropout { layer } => 3 | u32::from(layer) << 8,
            Self::ValidationSplit => 4,
            Self::Synthetic => 5,
        }
    }
}

/// All the numbers of one (seed, purpose, epoch, step): a sequence of 2^34 32-bit words with random access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
    step: u32,
    epoch: u32,
    purpose: u32,
}

impl Stream {
    /// The stream of these four.
    pub fn new(seed: u64, purpose: Purpose, epoch: u32, step: u32) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], step, epoch, purpose: purpose.word() }
    }

    /// Writes the words from number `first` on into `words`. `first` is a multiple of 4.
    pub fn fill(&self, first: usize, words: &mut [u32]) {
        debug_assert!(first.is_multiple_of(WORDS_PER_BLOCK));
        let mut block = (first / WORDS_PER_BLOCK) as u32;
        let mut wide = words.chunks_exact_mut(philox::LANES * WORDS_PER_BLOCK);
        for chunk in &mut wide {
            philox::lanes(self.key, block, [self.step, self.epoch, self.purpose], chunk);
            block = block.wrapping_add(philox::LANES as u32);
        }
        for chunk in wide.into_remainder().chunks_mut(WORDS_PER_BLOCK) {
            chunk.copy_from_slice(&self.block(block)[..chunk.len()]);
            block = block.wrapping_add(1);
        }
    }

    /// Writes the 16-bit numbers from number `first` on into `halves`: each word's low half, then its high half. `first` and the
    /// length are multiples of 8. Inlined, so that the caller's vector instructions are used.
    #[inline(always)]
    pub fn fill_halves<const COUNT: usize>(&self, first: usize, halves: &mut [u16; COUNT]) {
        let mut block = (first / HALVES_PER_BLOCK) as u32;
        for chunk in halves.chunks_mut(philox::WIDE * HALVES_PER_BLOCK) {
            let words = philox::wide(self.key, block, [self.step, self.epoch, self.purpose]);
            for (lane, eight) in chunk.chunks_exact_mut(HALVES_PER_BLOCK).enumerate() {
                for (pair, word) in eight.chunks_exact_mut(2).zip(&words) {
                    pair[0] = word[lane] as u16;
                    pair[1] = (word[lane] >> 16) as u16;
                }
            }
            block = block.wrapping_add(philox::WIDE as u32);
        }
    }

    /// The numbers one after another.
    pub fn draws(&self) -> Draws {
        Draws::new(*self)
    }

    fn block(&self, block: u32) -> [u32; WORDS_PER_BLOCK] {
        philox::block(self.key, [block, self.step, self.epoch, self.purpose])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_single_blocks_agree_at_every_length() {
        let stream = Stream::new(0x0123_4567_89ab_cdef, Purpose::Dropout { layer: 2 }, 7, 11);
        for length in 0..150 {
            let mut words = vec![0; length];
            stream.fill(8, &mut words);
            for (index, word) in words.iter().enumerate() {
                assert_eq!(
                    *word,
                    stream.block((2 + index / 4) as u32)[index % 4],
                    "length {length}, word {index}"
                );
            }
        }
    }

    #[test]
    fn halves_are_the_halves_of_the_words() {
        let stream = Stream::new(77, Purpose::Dropout { layer: 1 }, 3, 5);
        let (mut halves, mut words) = ([0; 256], [0; 128]);
        stream.fill_halves(24, &mut halves);
        stream.fill(12, &mut words);
        for (pair, word) in halves.chunks_exact(2).zip(words) {
            assert_eq!(u32::from(pair[0]) | u32::from(pair[1]) << 16, word);
        }
    }

    #[test]
    fn seed_purpose_epoch_and_step_all_count() {
        let streams = [
            Stream::new(1, Purpose::Shuffle, 2, 3),
            Stream::new(1 << 32, Purpose::Shuffle, 2, 3),
            Stream::new(1, Purpose::Initialisation, 2, 3),
            Stream::new(1, Purpose::Shuffle, 3, 2),
            Stream::new(1, Purpose::Dropout { layer: 0 }, 2, 3),
            Stream::new(1, Purpose::Dropout { layer: 1 }, 2, 3),
        ];
        let mut blocks: Vec<_> = streams.iter().map(|stream| stream.block(0)).collect();
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), streams.len());
    }
}

//! Where a signal turns, up to down or down to up: a pattern that scaling does not change. A rolling hash of it over the channels finds
//! equal stretches.

use super::{Part, stretch::Scale};

/// A stretch has so many samples at least.
const SHORTEST: usize = 32;
/// Stretches are so long that they have so many turns, over all channels that are looked at, on average.
const TURNS_WANTED: f64 = 12.0;
/// A stretch with fewer says nothing.
const FEWEST_TURNS: u32 = 6;
/// So many channels are looked at: the others are compared later.
const MOST_CHANNELS: usize = 8;
/// So many trials tell how often a signal turns.
const TRIALS_ASKED: usize = 64;
/// An index holds about so many stretches (16 bytes each). Of larger sets, it holds those with certain hashes alone.
const MOST_HELD: usize = 1 << 21;
/// Of the trials that have one pattern, so many are compared.
const MOST_ALIKE: usize = 16;

/// What a stretch is for one data set.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    samples: usize,
    channels: Vec<usize>,
    /// Samples between the ends of a stretch, each of which may be a turn.
    window: usize,
    /// Every how many samples a channel has turned often enough to say something new.
    stride: usize,
    /// Hashes with none of these bits are looked at.
    sieve: u64,
}

/// A stretch in a trial: where it begins, and the hash of its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    hash: u64,
    sample: u32,
}

impl Turns {
    /// `None` if the trials are too short, or turn too rarely, to tell them apart.
    pub(super) fn of(part: Part<'_>) -> Option<Self> {
        let (all, samples) = (part.recording.channels, part.recording.samples);
        let step = part.trials.len().div_ceil(TRIALS_ASKED).max(1);
        let mut counts = vec![0; all];
        let mut asked = 0;
        for trial in (0..part.trials.len()).step_by(step) {
            asked += samples;
            for (count, row) in counts.iter_mut().zip(part.trial(trial).chunks_exact(samples)) {
                *count += turns(row).filter(|is_turn| *is_turn).count();
            }
        }
        let live: Vec<usize> = (0..all).filter(|channel| counts[*channel] > 0).collect();
        if live.is_empty() {
            return None;
        }
        let chosen = live.len().min(MOST_CHANNELS);
        let channels: Vec<usize> = (0..chosen).map(|index| live[index * live.len() / chosen]).collect();
        let density = channels.iter().map(|channel| counts[*channel]).sum::<usize>() as f64 / asked as f64;
        let window =
            ((TURNS_WANTED / density).ceil().min(1e9) as usize).max(SHORTEST).min(samples.checked_sub(2)?);
        if window < SHORTEST || density * (window as f64) < f64::from(FEWEST_TURNS) {
            return None;
        }
        // Two and a half samples from turn to turn.
        let stride = (0.4 * chosen as f64 / density) as usize;
        let held = part.trials.len() * (samples - window);
        let sieve = (held.div_ceil(MOST_HELD).next_power_of_two() - 1) as u64;
        Some(Self { samples, channels, window, stride: stride.max(1), sieve: sieve << 32 })
    }

    /// The stretches of a trial that may tell it apart, by their hashes: a pattern that it has twice does not.
    fn patterns(&self, trial: &[f32]) -> Vec<Pattern> {
        let mut symbols = vec![(0u64, 0u32); self.samples - 2];
        for (number, channel) in self.channels.iter().enumerate() {
            let symbol = mixed(number as u64 + 1);
            let row = &trial[channel * self.samples..][..self.samples];
            for ((sum, count), is_turn) in symbols.iter_mut().zip(turns(row)) {
                let one = u64::from(is_turn);
                *sum = sum.wrapping_add(symbol * one);
                *count += one as u32;
            }
        }
        let mut patterns = self.hashes(&symbols);
        patterns.sort_unstable();
        let mut unique = Vec::with_capacity(patterns.len());
        unique.extend(
            patterns
                .chunk_by(|one, other| one.hash == other.hash)
                .filter(|alike| alike.len() == 1)
                .map(|alike| alike[0]),
        );
        unique
    }

    fn hashes(&self, symbols: &[(u64, u32)]) -> Vec<Pattern> {
        const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
        let oldest = (0..self.window).fold(1u64, |power, _| power.wrapping_mul(BASE));
        let (mut hash, mut count) = (0u64, 0u32);
        let mut patterns = Vec::new();
        for (end, (symbol, turns)) in symbols.iter().enumerate() {
            hash = hash.wrapping_mul(BASE).wrapping_add(*symbol);
            count += turns;
            let Some(begin) = (end + 1).checked_sub(self.window) else { continue };
            if begin > 0 {
                let (symbol, turns) = symbols[begin - 1];
                hash = hash.wrapping_sub(symbol.wrapping_mul(oldest));
                count -= turns;
            }
            let hash = mixed(hash);
            if count >= FEWEST_TURNS && hash & self.sieve == 0 {
                patterns.push(Pattern { hash, sample: begin as u32 });
            }
        }
        patterns
    }
}

/// Whether each sample but the first and the last is a turn.
fn turns(row: &[f32]) -> impl Iterator<Item = bool> + '_ {
    row.windows(3).map(|three| {
        (three[0] < three[1] && three[1] > three[2]) || (three[0] > three[1] && three[1] < three[2])
    })
}

/// The finaliser of SplitMix64: every bit of the number has a part in every bit of the result.
fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The stretches of a part by their patterns.
pub(super) struct TurnIndex {
    turns: Turns,
    /// In the order of their hashes.
    entries: Vec<Entry>,
}

/// A stretch of a known trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    hash: u64,
    pub(super) trial: u32,
    pub(super) sample: u32,
}

impl TurnIndex {
    pub(super) fn new(turns: Turns, part: Part<'_>) -> Self {
        let mut entries = Vec::new();
        for (number, trial) in part.signals().enumerate() {
            let entry =
                |pattern: Pattern| Entry { hash: pattern.hash, trial: number as u32, sample: pattern.sample };
            entries.extend(turns.patterns(trial).into_iter().map(entry));
        }
        entries.sort_unstable_by_key(|entry| (entry.hash, entry.trial));
        Self { turns, entries }
    }

    pub(super) fn scale(&self) -> Scale {
        Scale { length: self.turns.window + 2, stride: self.turns.stride }
    }

    /// Stretches with the pattern of one of `trial`, each with where that begins.
    pub(super) fn candidates<'a>(&'a self, trial: &[f32]) -> impl Iterator<Item = (u32, Entry)> + 'a {
        self.turns.patterns(trial).into_iter().flat_map(|pattern| {
            let first = self.entries.partition_point(|entry| entry.hash < pattern.hash);
            let alike = self.entries[first..].iter().take_while(move |entry| entry.hash == pattern.hash);
            alike.take(MOST_ALIKE).map(move |entry| (pattern.sample, *entry))
        })
    }
}

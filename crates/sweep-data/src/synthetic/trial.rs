//! One trial of a subject: background, rhythms, desynchronisation, blinks, clipping. Knows nothing of sets
//! and their order.

use sweep_random::Stream;

use super::{
    SAMPLES, SAMPLING_RATE_HZ,
    filter::{BUTTERWORTH_4, Mixture, Pair, Resonator, Section, standard},
    subject::{Rhythm, Subject},
};

/// The amplifier's edges: high-pass and low-pass.
const PASS_BAND_HZ: [f64; 2] = [0.5, 32.0];
/// Beyond this the amplifier clips, and the sample is missing.
const CLIP_UV: f64 = 50.0;
/// When the arrow appears.
const CUE_S: f64 = 1.0;
/// Seconds from the beginning to the full depth of a desynchronisation, and back.
const RAMP_S: f64 = 0.5;
/// Samples before the trial, while the filters settle.
const SETTLING: usize = 200;
/// Two words a sample for the background and for each of three rhythms.
const WORDS_A_SAMPLE: usize = 8;
/// Words before those of the samples, for the trial's own settings.
const OWN_WORDS: usize = 64;

/// The imagined hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    Left,
    Right,
}

/// Reusable memory and the parts that are the same in all trials of a subject.
pub(super) struct Recorder<'a> {
    subject: &'a Subject,
    background: Vec<Section>,
    background_gain: f64,
    mixtures: [Mixture; 4],
    words: Vec<u32>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(subject: &'a Subject) -> Self {
        let background = background(subject.exponent);
        let background_gain = subject.background_uv / deviation(&background);
        let [alpha, mu, beta] = subject.rhythms.map(|rhythm| Mixture::new(rhythm.correlation));
        let mixtures = [Mixture::new(subject.correlation), alpha, mu, beta];
        let words = vec![0; OWN_WORDS + (SETTLING + SAMPLES) * WORDS_A_SAMPLE];
        Self { subject, background, background_gain, mixtures, words }
    }

    /// The trial of `stream`'s numbers, `[channel, time]`, in microvolt; NaN where it was clipped.
    pub(super) fn record(&mut self, hand: Hand, stream: Stream) -> [[f32; SAMPLES]; 2] {
        stream.fill(0, &mut self.words);
        let (own, noise) = self.words.split_at(OWN_WORDS);
        let own = Own::new(own, self.subject);
        let mut background = self.background.clone();
        let mut rhythms = own.rhythms(&self.subject.rhythms);
        let mut signal = [[0.0; SAMPLES]; 2];
        for (index, words) in noise.chunks_exact(WORDS_A_SAMPLE).enumerate() {
            let white =
                |source: usize| self.mixtures[source].pair([words[2 * source], words[2 * source + 1]]);
            let mut value = background.iter_mut().fold(white(0), |value, section| section.step(value));
            value = value.map(|value| value * self.background_gain);
            let seconds = (index as f64 - SETTLING as f64) / SAMPLING_RATE_HZ;
            let depth = own.depth(seconds);
            for (number, (resonator, amplitude, rhythm)) in rhythms.iter_mut().enumerate() {
                let oscillation = resonator.step(white(number + 1));
                for channel in 0..2 {
                    // Power is lost; the amplitude follows its root.
                    let lost = depth * rhythm.desynchronisation[side(hand, channel)];
                    let kept = if lost > 0.0 { (1.0 - lost).sqrt() } else { 1.0 };
                    value[channel] += oscillation[channel] * *amplitude * kept;
                }
            }
            if let Some(sample) = index.checked_sub(SETTLING) {
                let blink = own.blink(seconds);
                for channel in 0..2 {
                    let microvolt = value[channel] + blink[channel];
                    signal[channel][sample] =
                        if microvolt.abs() > CLIP_UV { f32::NAN } else { microvolt as f32 };
                }
            }
        }
        signal
    }
}

/// 0 where `channel` lies over the hemisphere opposite to the hand, 1 over that of its own side. Channel 0 is
/// C3, on the left.
fn side(hand: Hand, channel: usize) -> usize {
    match (hand, channel) {
        (Hand::Left, 1) | (Hand::Right, 0) => 0,
        _ => 1,
    }
}

/// A ladder of poles and zeros, a factor of 4 apart, whose power spectral density falls as f^-exponent on
/// average, between the amplifier's edges.
fn background(exponent: f64) -> Vec<Section> {
    let mut sections = Vec::new();
    for pole_hz in [0.5, 2.0, 8.0, 32.0] {
        let zero_hz = pole_hz * libm::pow(4.0, exponent / 2.0);
        let zero_hz = (zero_hz < SAMPLING_RATE_HZ / 2.2).then_some(zero_hz);
        sections.push(Section::shelf(pole_hz, zero_hz, SAMPLING_RATE_HZ));
    }
    let [high_pass, low_pass] = PASS_BAND_HZ;
    sections.push(Section::high_pass(high_pass, SAMPLING_RATE_HZ));
    sections.extend(BUTTERWORTH_4.map(|quality| Section::low_pass(low_pass, quality, SAMPLING_RATE_HZ)));
    sections
}

/// The standard deviation of white noise of variance 1 behind `sections`: the root of the energy of their
/// impulse response.
fn deviation(sections: &[Section]) -> f64 {
    let mut sections = sections.to_vec();
    let mut energy = 0.0;
    for sample in 0..4096 {
        let impulse = if sample == 0 { 1.0 } else { 0.0 };
        let [response, _] = sections.iter_mut().fold([impulse; 2], |value, section| section.step(value));
        energy += response * response;
    }
    energy.sqrt()
}

/// What differs from trial to trial.
struct Own {
    standards: [f64; 8],
    /// Begin of the desynchronisation and of its end, in seconds; `None` in a lapse.
    span_s: Option<[f64; 2]>,
    blink: Option<Blink>,
}

struct Blink {
    centre_s: f64,
    half_width_s: f64,
    peak_uv: Pair,
}

impl Own {
    fn new(words: &[u32], subject: &Subject) -> Self {
        let standards: [f64; 8] =
            std::array::from_fn(|index| standard(std::array::from_fn(|word| words[4 * index + word])));
        let uniform = |index: usize| f64::from(words[32 + index]) / 4_294_967_296.0;
        let begin = (CUE_S + subject.onset_s[0] + subject.onset_s[1] * standards[6]).max(CUE_S);
        let end = begin + (subject.duration_s[0] + subject.duration_s[1] * standards[7]).max(RAMP_S);
        let blink = (uniform(1) < subject.blink_share).then(|| {
            let sign = if uniform(2) < 0.5 { -1.0 } else { 1.0 };
            let peak = sign * (55.0 + 65.0 * uniform(3));
            Blink {
                centre_s: 6.0 * uniform(4),
                half_width_s: 0.15 + 0.35 * uniform(5),
                peak_uv: [peak * (0.6 + 0.4 * uniform(6)), peak * (0.6 + 0.4 * uniform(7))],
            }
        });
        Self { standards, span_s: (uniform(0) >= subject.lapse_share).then_some([begin, end]), blink }
    }

    /// The oscillators of the trial with their amplitudes.
    fn rhythms<'a>(&self, rhythms: &'a [Rhythm; 3]) -> [(Resonator, f64, &'a Rhythm); 3] {
        std::array::from_fn(|index| {
            let rhythm = &rhythms[index];
            let [centre, jitter] = rhythm.frequency_hz;
            let frequency = centre + jitter * self.standards[2 * index];
            let log_factor = rhythm.log_amplitude_deviation * self.standards[2 * index + 1];
            (
                Resonator::new(frequency, rhythm.width_hz, SAMPLING_RATE_HZ),
                rhythm.amplitude_uv * libm::exp(log_factor),
                rhythm,
            )
        })
    }

    /// How far the desynchronisation has come, 0 to 1.
    fn depth(&self, seconds: f64) -> f64 {
        let Some([begin, end]) = self.span_s else { return 0.0 };
        ramp((seconds - begin) / RAMP_S) * (1.0 - ramp((seconds - end) / RAMP_S))
    }

    fn blink(&self, seconds: f64) -> Pair {
        let Some(blink) = &self.blink else { return [0.0; 2] };
        let distance = (seconds - blink.centre_s) / blink.half_width_s;
        let shape = (1.0 - distance * distance).max(0.0);
        blink.peak_uv.map(|peak| peak * shape * shape)
    }
}

/// From 0 at 0 to 1 at 1, smooth at both ends.
fn ramp(position: f64) -> f64 {
    let position = position.clamp(0.0, 1.0);
    position * position * (3.0 - 2.0 * position)
}

#[cfg(test)]
mod tests {
    use sweep_random::{Purpose, Stream};

    use super::*;
    use crate::synthetic::subject::SUBJECTS;

    /// Energy of the sample-to-sample differences of one channel between two times, over 200 trials without
    /// lapses.
    fn energy(subject: &Subject, hand: Hand, channel: usize, seconds: [f64; 2]) -> f64 {
        let attentive = Subject { lapse_share: 0.0, blink_share: 0.0, ..*subject };
        let mut recorder = Recorder::new(&attentive);
        let [begin, end] = seconds.map(|time| (time * SAMPLING_RATE_HZ) as usize);
        let energy = |trial| {
            let signal = recorder.record(hand, Stream::new(1, Purpose::Synthetic, 0, trial));
            signal[channel][begin..end]
                .windows(2)
                .map(|pair| f64::from(pair[1] - pair[0]).powi(2))
                .sum::<f64>()
        };
        (0..200).map(energy).sum()
    }

    #[test]
    fn power_falls_after_the_cue_over_the_hemisphere_opposite_to_the_hand() {
        for subject in &SUBJECTS {
            for (hand, opposite) in [(Hand::Left, 1), (Hand::Right, 0)] {
                let fall = |channel: usize| {
                    energy(subject, hand, channel, [2.8, 3.5]) / energy(subject, hand, channel, [0.0, 0.7])
                };
                let (far, near) = (fall(opposite), fall(1 - opposite));
                assert!(far < 0.85 && far < near - 0.1, "{hand:?}: opposite {far}, own side {near}");
            }
        }
    }

    #[test]
    fn a_lapse_leaves_no_trace_of_the_hand() {
        let absent = Subject { lapse_share: 1.0, ..SUBJECTS[0] };
        let record = |hand| Recorder::new(&absent).record(hand, Stream::new(1, Purpose::Synthetic, 0, 7));
        assert_eq!(record(Hand::Left), record(Hand::Right));
    }

    #[test]
    fn blinks_are_clipped_to_missing_samples() {
        let blinking = Subject { blink_share: 1.0, ..SUBJECTS[1] };
        let mut recorder = Recorder::new(&blinking);
        for trial in 0..50 {
            let signal = recorder.record(Hand::Left, Stream::new(1, Purpose::Synthetic, 0, trial));
            let values = signal.as_flattened();
            assert!(values.iter().all(|value| value.is_nan() || value.abs() <= CLIP_UV as f32));
        }
        let gaps = (0..50).filter(|trial| {
            let signal = recorder.record(Hand::Left, Stream::new(1, Purpose::Synthetic, 0, *trial));
            signal.as_flattened().iter().any(|value| value.is_nan())
        });
        assert!(gaps.count() > 40);
    }
}

//! The two imaginary subjects: what their EEG is made of. Numbers only; [`trial`](super::trial) makes signals
//! of them.

/// A rhythm of one subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rhythm {
    /// Centre frequency, and its standard deviation between trials.
    pub(super) frequency_hz: [f64; 2],
    /// Width of the spectral peak.
    pub(super) width_hz: f64,
    /// Standard deviation in microvolt, at rest.
    pub(super) amplitude_uv: f64,
    /// Standard deviation between trials of the logarithm of the amplitude, common to both channels.
    pub(super) log_amplitude_deviation: f64,
    /// Correlation of the two channels.
    pub(super) correlation: f64,
    /// Share of the power that is lost over the hemisphere opposite to the hand, and over that of its own
    /// side.
    pub(super) desynchronisation: [f64; 2],
}

/// A subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    /// Standard deviation of the background in microvolt.
    pub(super) background_uv: f64,
    /// Exponent of the background's power spectral density: f^-exponent.
    pub(super) exponent: f64,
    /// Correlation of the two channels' backgrounds.
    pub(super) correlation: f64,
    /// Alpha rhythm from behind, which the imagination leaves alone; mu rhythm; beta rhythm.
    pub(super) rhythms: [Rhythm; 3],
    /// Onset of the desynchronisation after the cue, and its standard deviation between trials.
    pub(super) onset_s: [f64; 2],
    /// How long it lasts, and its standard deviation between trials.
    pub(super) duration_s: [f64; 2],
    /// Share of trials in which the subject imagines nothing.
    pub(super) lapse_share: f64,
    /// Share of trials with an eye blink.
    pub(super) blink_share: f64,
}

/// Like S4b: large amplitudes, a strong unreactive rhythm at 9.5 Hz, mu above it, early and short
/// desynchronisation, blinks.
const FIRST: Subject = Subject {
    background_uv: 7.5,
    exponent: 2.3,
    correlation: 0.55,
    rhythms: [
        Rhythm {
            frequency_hz: [9.3, 0.2],
            width_hz: 0.8,
            amplitude_uv: 3.0,
            log_amplitude_deviation: 0.35,
            correlation: 0.7,
            desynchronisation: [0.0, 0.0],
        },
        Rhythm {
            frequency_hz: [11.6, 0.25],
            width_hz: 1.0,
            amplitude_uv: 2.4,
            log_amplitude_deviation: 0.25,
            correlation: 0.3,
            desynchronisation: [0.75, 0.2],
        },
        Rhythm {
            frequency_hz: [22.0, 0.5],
            width_hz: 2.0,
            amplitude_uv: 1.0,
            log_amplitude_deviation: 0.25,
            correlation: 0.25,
            desynchronisation: [0.6, 0.15],
        },
    ],
    onset_s: [0.5, 0.15],
    duration_s: [2.6, 0.5],
    lapse_share: 0.1,
    blink_share: 0.12,
};

/// Like X11b: half the amplitudes, a flatter background, mu at 11 Hz, later and longer desynchronisation, few
/// blinks.
const SECOND: Subject = Subject {
    background_uv: 3.7,
    exponent: 1.3,
    correlation: 0.7,
    rhythms: [
        Rhythm {
            frequency_hz: [9.0, 0.2],
            width_hz: 0.8,
            amplitude_uv: 0.8,
            log_amplitude_deviation: 0.35,
            correlation: 0.7,
            desynchronisation: [0.0, 0.0],
        },
        Rhythm {
            frequency_hz: [11.2, 0.25],
            width_hz: 1.0,
            amplitude_uv: 1.5,
            log_amplitude_deviation: 0.25,
            correlation: 0.35,
            desynchronisation: [0.72, 0.2],
        },
        Rhythm {
            frequency_hz: [22.5, 0.5],
            width_hz: 2.0,
            amplitude_uv: 0.8,
            log_amplitude_deviation: 0.25,
            correlation: 0.25,
            desynchronisation: [0.6, 0.15],
        },
    ],
    onset_s: [1.0, 0.2],
    duration_s: [3.0, 0.5],
    lapse_share: 0.1,
    blink_share: 0.02,
};

/// The subjects in the order of the set.
pub(super) const SUBJECTS: [Subject; 2] = [FIRST, SECOND];

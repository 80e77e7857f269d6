//! What kernels get beside pointers: one definition here, from which `kernels/arguments.cuh` is made.
//!
//! Offsets count numbers of the kernels' type `real`, from the beginning of a member's arena unless the field says otherwise; [`NONE`] is
//! no offset. The test `the_header_is_that_of_the_definitions` writes the header again if `UPDATE_HEADERS` is set.

#![allow(missing_docs, reason = "the kernels say what the fields are")]

use super::describe::{DeviceType, constants, structs};
use crate::launch::Plain;

/// No offset.
pub const NONE: u32 = u32::MAX;

constants! {
    /// Words before a member's order of trials in the input.
    INPUT_HEADER = 4;
    RELU = 0;
    LEAKY_RELU = 1;
    ELU = 2;
    ADAM = 0;
    ADAMW = 1;
    SGD = 2;
    MOMENTUM_SGD = 3;
    NESTEROV = 4;
    /// Elements of a thread that packs weights.
    ELEMENTS = 4;
    FROM_ARENA = 0;
    FROM_DATA = 1;
    FROM_ORDER = 2;
    PACK = 0;
    PACK_MERGED = 1;
    PACK_DENSE = 2;
    BIASES = 3;
    RUNNING = 4;
    FIRST_NORM = 5;
    JOIN_CONVOLUTION = 0;
    JOIN_MERGED = 1;
    JOIN_DENSE = 2;
    JOIN_FILTERS = 3;
    NO_BOUND = 0;
    CONVOLUTION_BOUND = 1;
    DENSE_BOUND = 2;
    PLAIN_NUMBERS = 0;
    VARIANCE = 1;
    FIRST_MOMENT = 2;
    SECOND_MOMENT = 3;
}

structs! {
    /// What members of a bundle differ in. A missing bound is infinite.
    struct Member {
        learning_rate: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        momentum: f64,
        weight_decay: f64,
        activation_parameter: f64,
        label_smoothing: f64,
        clip_norm: f64,
        convolution_bound: f64,
        dense_bound: f64,
        seed_low: u32,
        seed_high: u32,
        activation: u32,
        dropout_threshold: u32,
        optimizer: u32,
        unused: u32,
    }
    /// How far a member is in its epoch, and how the epoch ended.
    struct Progress {
        loss_sum: f64,
        correct: u32,
        diverged_step: u32,
        not_finite: u32,
        unused: u32,
    }
    struct ConvolutionArguments {
        source: u32,
        input: u32,
        order_stride: u32,
        first_trial: u32,
        weights: u32,
        output: u32,
        channels: u32,
        planes: u32,
        taps: u32,
        pitch: u32,
        rows: u32,
        shift: u32,
        valid_first: u32,
        valid_count: u32,
        columns: u32,
    }
    struct NormArguments {
        partial: u32,
        counter: u32,
        rows: u32,
        planes: u32,
        padded: u32,
        filters: u32,
        copies: u32,
        coefficients: u32,
        statistics: u32,
        progress: u32,
        bias_values: u32,
        weight: u32,
        bias: u32,
        running_mean: u32,
        running_variance: u32,
        weight_gradient: u32,
        bias_gradient: u32,
        first: u32,
        first_bias: u32,
        first_weight_gradient: u32,
        depthwise: u32,
        channels: u32,
        joint: u32,
    }
    struct TailArguments {
        stored: u32,
        pitch: u32,
        time: u32,
        size: u32,
        windows: u32,
        result: u32,
        result_pitch: u32,
        result_first: u32,
        planes: u32,
        padded: u32,
        copies: u32,
        lanes: u32,
        coefficients: u32,
        is_maximum: u32,
        is_training: u32,
        layer: u32,
        step: u32,
        order_stride: u32,
        trials: u32,
        rows: u32,
    }
    struct EndArguments {
        input: u32,
        features: u32,
        classes: u32,
        trials: u32,
        weights: u32,
        bias: u32,
        gradient: u32,
        slopes: u32,
        losses: u32,
        labels: u32,
        order_stride: u32,
        first_trial: u32,
        progress: u32,
        counter: u32,
        step: u32,
        counters: u32,
        counter_at: [u32; 8],
        results_stride: u32,
        logits: u32,
        parts: u32,
        trials_a_part: u32,
    }
    struct FirArguments {
        input: u32,
        output: u32,
        in_time: u32,
        out_time: u32,
        planes: u32,
        padded: u32,
        filters: u32,
        taps: u32,
        before: u32,
        is_flipped: u32,
        weights: u32,
        width: u32,
        tiles: u32,
        trials: u32,
        parts: u32,
        tiles_a_part: u32,
        mixes: u32,
        source: u32,
        trials_input: u32,
        order_stride: u32,
        first_trial: u32,
        mixture: u32,
    }
    struct GradientArguments {
        source: u32,
        input: u32,
        order_stride: u32,
        first_trial: u32,
        slopes: u32,
        parts: u32,
        channels: u32,
        planes: u32,
        taps: u32,
        pitch: u32,
        rows: u32,
        rows_a_part: u32,
        quads: u32,
        channel_threads: u32,
    }
    struct DataArguments {
        laid: u32,
        trials: u32,
        channels: u32,
        padded: u32,
        time: u32,
        out_time: u32,
        before: u32,
        taps: u32,
        lags: u32,
        batch_lags: u32,
        batch: u32,
        order_stride: u32,
    }
    struct PrepareTask {
        kind: u32,
        blocks: u32,
        target: u32,
        flipped: u32,
        weight: u32,
        temporal: u32,
        spatial: u32,
        filters: u32,
        taps: u32,
        channels: u32,
        planes: u32,
        out_padded: u32,
        out_filters: u32,
        out_copies: u32,
        in_padded: u32,
        in_filters: u32,
        in_copies: u32,
        bias: u32,
        temporal_bias: u32,
        norm_bias: u32,
        running_mean: u32,
        running_variance: u32,
        first: u32,
        first_bias: u32,
        first_mean: u32,
        first_variance: u32,
        lags: u32,
        products: u32,
        rows: u32,
        progress: u32,
    }
    struct PrepareTasks {
        list: [PrepareTask; 14],
    }
    struct JoinTask {
        kind: u32,
        blocks: u32,
        parts: u32,
        count: u32,
        part_stride: u32,
        elements: u32,
        target: u32,
        bias_target: u32,
        taps: u32,
        channels: u32,
        planes: u32,
        out_padded: u32,
        out_filters: u32,
        out_copies: u32,
        in_padded: u32,
        in_filters: u32,
        in_copies: u32,
        first: u32,
        joint: u32,
        products: u32,
        lags: u32,
    }
    struct JoinTasks {
        list: [JoinTask; 6],
    }
    struct SplitArguments {
        total: u32,
        temporal: u32,
        spatial: u32,
        temporal_gradient: u32,
        spatial_gradient: u32,
        filters: u32,
        outputs: u32,
        channels: u32,
        padded_channels: u32,
        planes: u32,
        taps: u32,
    }
    struct UpdateTensor {
        parameter: u32,
        gradient: u32,
        length: u32,
        row: u32,
        rows: u32,
        bound: u32,
    }
    struct UpdateArguments {
        gradients: u32,
        first_moments: u32,
        second_moments: u32,
        gradient_count: u32,
        clip: u32,
        counter: u32,
        has_clip: u32,
        step: u32,
        progress: u32,
        list: [UpdateTensor; 24],
    }
    struct EpochTensor {
        at: u32,
        length: u32,
        kind: u32,
    }
    struct EpochArguments {
        progress: u32,
        flags: u32,
        counter: u32,
        results_stride: u32,
        order_stride: u32,
        list: [EpochTensor; 96],
    }
}

/// The header of the kernels.
pub fn header() -> String {
    format!(
        "// Made from src/plan/arguments.rs, which says what this is; a test compares.\n#pragma once\n{}{}",
        constants(),
        structs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_the_definitions() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/kernels/arguments.cuh");
        if std::env::var_os("UPDATE_HEADERS").is_some() {
            std::fs::write(path, header()).expect("the header can be written");
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            header(),
            "set UPDATE_HEADERS=1 to write it"
        );
    }

    #[test]
    fn structs_have_no_padding() {
        for (name, size, fields) in sizes() {
            assert_eq!(size, fields, "{name}");
        }
    }
}

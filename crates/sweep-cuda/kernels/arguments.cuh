// Made from src/plan/arguments.rs, which says what this is; a test compares.
#pragma once
#define INPUT_HEADER 4u
#define RELU 0u
#define LEAKY_RELU 1u
#define ELU 2u
#define ADAM 0u
#define ADAMW 1u
#define SGD 2u
#define MOMENTUM_SGD 3u
#define NESTEROV 4u
#define ELEMENTS 4u
#define FROM_ARENA 0u
#define FROM_DATA 1u
#define FROM_ORDER 2u
#define PACK 0u
#define PACK_MERGED 1u
#define PACK_DENSE 2u
#define BIASES 3u
#define RUNNING 4u
#define FIRST_NORM 5u
#define JOIN_CONVOLUTION 0u
#define JOIN_MERGED 1u
#define JOIN_DENSE 2u
#define JOIN_FILTERS 3u
#define NO_BOUND 0u
#define CONVOLUTION_BOUND 1u
#define DENSE_BOUND 2u
#define PLAIN_NUMBERS 0u
#define VARIANCE 1u
#define FIRST_MOMENT 2u
#define SECOND_MOMENT 3u
struct Member {
    double learning_rate;
    double beta1;
    double beta2;
    double epsilon;
    double momentum;
    double weight_decay;
    double activation_parameter;
    double label_smoothing;
    double clip_norm;
    double convolution_bound;
    double dense_bound;
    unsigned seed_low;
    unsigned seed_high;
    unsigned activation;
    unsigned dropout_threshold;
    unsigned optimizer;
    unsigned unused;
};
static_assert(sizeof(Member) == 112, "Member");
struct Progress {
    double loss_sum;
    unsigned correct;
    unsigned diverged_step;
    unsigned not_finite;
    unsigned unused;
};
static_assert(sizeof(Progress) == 24, "Progress");
struct ConvolutionArguments {
    unsigned source;
    unsigned input;
    unsigned order_stride;
    unsigned first_trial;
    unsigned weights;
    unsigned output;
    unsigned channels;
    unsigned planes;
    unsigned taps;
    unsigned pitch;
    unsigned rows;
    unsigned shift;
    unsigned valid_first;
    unsigned valid_count;
    unsigned columns;
};
static_assert(sizeof(ConvolutionArguments) == 60, "ConvolutionArguments");
struct NormArguments {
    unsigned partial;
    unsigned counter;
    unsigned rows;
    unsigned planes;
    unsigned padded;
    unsigned filters;
    unsigned copies;
    unsigned coefficients;
    unsigned statistics;
    unsigned progress;
    unsigned bias_values;
    unsigned weight;
    unsigned bias;
    unsigned running_mean;
    unsigned running_variance;
    unsigned weight_gradient;
    unsigned bias_gradient;
    unsigned first;
    unsigned first_bias;
    unsigned first_weight_gradient;
    unsigned depthwise;
    unsigned channels;
    unsigned joint;
};
static_assert(sizeof(NormArguments) == 92, "NormArguments");
struct TailArguments {
    unsigned stored;
    unsigned pitch;
    unsigned time;
    unsigned size;
    unsigned windows;
    unsigned result;
    unsigned result_pitch;
    unsigned result_first;
    unsigned planes;
    unsigned padded;
    unsigned copies;
    unsigned lanes;
    unsigned coefficients;
    unsigned is_maximum;
    unsigned is_training;
    unsigned layer;
    unsigned step;
    unsigned order_stride;
    unsigned trials;
    unsigned rows;
};
static_assert(sizeof(TailArguments) == 80, "TailArguments");
struct EndArguments {
    unsigned input;
    unsigned features;
    unsigned classes;
    unsigned trials;
    unsigned weights;
    unsigned bias;
    unsigned gradient;
    unsigned slopes;
    unsigned losses;
    unsigned labels;
    unsigned order_stride;
    unsigned first_trial;
    unsigned progress;
    unsigned counter;
    unsigned step;
    unsigned counters;
    unsigned counter_at[8];
    unsigned results_stride;
    unsigned logits;
    unsigned parts;
    unsigned trials_a_part;
};
static_assert(sizeof(EndArguments) == 112, "EndArguments");
struct FirArguments {
    unsigned input;
    unsigned output;
    unsigned in_time;
    unsigned out_time;
    unsigned planes;
    unsigned padded;
    unsigned filters;
    unsigned taps;
    unsigned before;
    unsigned is_flipped;
    unsigned weights;
    unsigned width;
    unsigned tiles;
    unsigned trials;
    unsigned parts;
    unsigned tiles_a_part;
    unsigned mixes;
    unsigned source;
    unsigned trials_input;
    unsigned order_stride;
    unsigned first_trial;
    unsigned mixture;
};
static_assert(sizeof(FirArguments) == 88, "FirArguments");
struct GradientArguments {
    unsigned source;
    unsigned input;
    unsigned order_stride;
    unsigned first_trial;
    unsigned slopes;
    unsigned parts;
    unsigned channels;
    unsigned planes;
    unsigned taps;
    unsigned pitch;
    unsigned rows;
    unsigned rows_a_part;
    unsigned quads;
    unsigned channel_threads;
};
static_assert(sizeof(GradientArguments) == 56, "GradientArguments");
struct DataArguments {
    unsigned laid;
    unsigned trials;
    unsigned channels;
    unsigned padded;
    unsigned time;
    unsigned out_time;
    unsigned before;
    unsigned taps;
    unsigned lags;
    unsigned batch_lags;
    unsigned batch;
    unsigned order_stride;
};
static_assert(sizeof(DataArguments) == 48, "DataArguments");
struct PrepareTask {
    unsigned kind;
    unsigned blocks;
    unsigned target;
    unsigned flipped;
    unsigned weight;
    unsigned temporal;
    unsigned spatial;
    unsigned filters;
    unsigned taps;
    unsigned channels;
    unsigned planes;
    unsigned out_padded;
    unsigned out_filters;
    unsigned out_copies;
    unsigned in_padded;
    unsigned in_filters;
    unsigned in_copies;
    unsigned bias;
    unsigned temporal_bias;
    unsigned norm_bias;
    unsigned running_mean;
    unsigned running_variance;
    unsigned first;
    unsigned first_bias;
    unsigned first_mean;
    unsigned first_variance;
    unsigned lags;
    unsigned products;
    unsigned rows;
    unsigned progress;
};
static_assert(sizeof(PrepareTask) == 120, "PrepareTask");
struct PrepareTasks {
    PrepareTask list[14];
};
static_assert(sizeof(PrepareTasks) == 1680, "PrepareTasks");
struct JoinTask {
    unsigned kind;
    unsigned blocks;
    unsigned parts;
    unsigned count;
    unsigned part_stride;
    unsigned elements;
    unsigned target;
    unsigned bias_target;
    unsigned taps;
    unsigned channels;
    unsigned planes;
    unsigned out_padded;
    unsigned out_filters;
    unsigned out_copies;
    unsigned in_padded;
    unsigned in_filters;
    unsigned in_copies;
    unsigned first;
    unsigned joint;
    unsigned products;
    unsigned lags;
};
static_assert(sizeof(JoinTask) == 84, "JoinTask");
struct JoinTasks {
    JoinTask list[6];
};
static_assert(sizeof(JoinTasks) == 504, "JoinTasks");
struct SplitArguments {
    unsigned total;
    unsigned temporal;
    unsigned spatial;
    unsigned temporal_gradient;
    unsigned spatial_gradient;
    unsigned filters;
    unsigned outputs;
    unsigned channels;
    unsigned padded_channels;
    unsigned planes;
    unsigned taps;
};
static_assert(sizeof(SplitArguments) == 44, "SplitArguments");
struct UpdateTensor {
    unsigned parameter;
    unsigned gradient;
    unsigned length;
    unsigned row;
    unsigned rows;
    unsigned bound;
};
static_assert(sizeof(UpdateTensor) == 24, "UpdateTensor");
struct UpdateArguments {
    unsigned gradients;
    unsigned first_moments;
    unsigned second_moments;
    unsigned gradient_count;
    unsigned clip;
    unsigned counter;
    unsigned has_clip;
    unsigned step;
    unsigned progress;
    UpdateTensor list[24];
};
static_assert(sizeof(UpdateArguments) == 612, "UpdateArguments");
struct EpochTensor {
    unsigned at;
    unsigned length;
    unsigned kind;
};
static_assert(sizeof(EpochTensor) == 12, "EpochTensor");
struct EpochArguments {
    unsigned progress;
    unsigned flags;
    unsigned counter;
    unsigned results_stride;
    unsigned order_stride;
    EpochTensor list[96];
};
static_assert(sizeof(EpochArguments) == 1172, "EpochArguments");

// What a step or an evaluation begins with: weights in the orders that the kernels read, biases, and the normalisations that are known before
// any convolution. One launch does all of it: each task of a list has some blocks.
#include "norm.cuh"

__device__ __forceinline__ unsigned long long pair_of(unsigned k, unsigned l) {
    return k < l ? (unsigned long long)l * (l + 1) / 2 + k : (unsigned long long)k * (k + 1) / 2 + l;
}

// From PyTorch's [output, input, tap] to [tap, input, output], and for the input's gradient to [last tap first, output, input].
__device__ inline void pack(real* arena, const PrepareTask& a, unsigned element) {
    const unsigned n = element % a.planes, c = element / a.planes % a.channels, k = element / a.planes / a.channels;
    if (k >= a.taps) return;
    const unsigned output = parameter_of(n, a.out_padded, a.out_filters, a.out_copies);
    const unsigned from = parameter_of(c, a.in_padded, a.in_filters, a.in_copies);
    real weight = (real)0;
    if (output != NONE && from != NONE) {
        const unsigned inputs = a.in_filters * a.in_copies;
        if (a.kind == PACK) {
            weight = arena[a.weight + (output * inputs + from) * a.taps + k];
        } else {
            // Two convolutions with nothing between them: the sum over the first one's filters.
            double sum = 0.0;
            for (unsigned filter = 0; filter < a.filters; filter++)
                sum += (double)arena[a.spatial + (output * a.filters + filter) * inputs + from] * (double)arena[a.temporal + filter * a.taps + k];
            weight = (real)sum;
        }
    }
    arena[a.target + element] = weight;
    if (a.flipped != NONE) arena[a.flipped + ((unsigned long long)(a.taps - 1 - k) * a.planes + n) * a.channels + c] = weight;
}

// From PyTorch's [class, plane, time] to [class, time, plane].
__device__ inline void pack_dense(real* arena, const PrepareTask& a, unsigned element) {
    const unsigned n = element % a.planes, t = element / a.planes % a.taps, label = element / a.planes / a.taps;
    if (label >= a.channels) return;
    const unsigned plane = parameter_of(n, a.out_padded, a.out_filters, a.out_copies), planes = a.out_filters * a.out_copies;
    arena[a.target + element] = plane == NONE ? (real)0 : arena[a.weight + (label * planes + plane) * a.taps + t];
}

// What the convolutions before a normalisation add to every value of a plane.
__device__ inline double bias_of(const real* arena, const PrepareTask& a, unsigned plane) {
    double bias = a.bias == NONE ? 0.0 : (double)arena[a.bias + plane];
    if (a.temporal_bias != NONE)
        for (unsigned filter = 0; filter < a.filters; filter++) {
            double row = 0.0;
            for (unsigned c = 0; c < a.in_filters; c++) row += (double)arena[a.spatial + (plane * a.filters + filter) * a.in_filters + c];
            bias += row * (double)arena[a.temporal_bias + filter];
        }
    return bias;
}

// The coefficients of a stage by the running statistics. The list's entry has the normalisation's parameters in a row: weight, bias, running mean
// and variance; `first` is where those of a normalisation before a depthwise convolution begin.
__device__ inline void by_running_statistics(real* arena, const PrepareTask& a, unsigned plane) {
    if (plane >= a.planes) return;
    const unsigned parameter = parameter_of(plane, a.out_padded, a.out_filters, a.out_copies);
    double weight = 0.0, offset = 0.0;
    if (parameter != NONE) {
        double scale = 1.0, bias = 0.0;
        if (a.first != NONE) {
            const unsigned filter = plane % a.out_padded;
            scale = (double)arena[a.first + filter] * inverse_deviation((double)arena[a.first_variance + filter]);
            for (unsigned c = 0; c < a.in_filters; c++) bias += (double)arena[a.spatial + parameter * a.in_filters + c];
            bias *= (double)arena[a.first_bias + filter] - scale * (double)arena[a.first_mean + filter];
        } else {
            bias = bias_of(arena, a, parameter);
        }
        const double of_z = (double)arena[a.weight + parameter] * inverse_deviation((double)arena[a.running_variance + parameter]);
        weight = of_z * scale;
        offset = (double)arena[a.norm_bias + parameter] + of_z * (bias - (double)arena[a.running_mean + parameter]);
    }
    arena[a.target + plane] = (real)weight;
    arena[a.target + a.planes + plane] = (real)offset;
}

// EEGNet's first normalisation, from the batch's lag sums: a block a filter. Leaves mean, variance, inverse deviation and scale of every
// filter, [4, filter], and R w, [filter, tap].
__device__ inline void first_norm(real* arena, const PrepareTask& a, unsigned filter, double* shared) {
    const double* sums = doubles(arena, a.lags);
    const double* pairs = sums + a.taps;
    const real* weights = arena + a.temporal + filter * a.taps;
    double mean = 0.0, square = 0.0;
    for (unsigned k = threadIdx.x; k < a.taps; k += blockDim.x) {
        double product = 0.0;
        for (unsigned l = 0; l < a.taps; l++) product = fused(pairs[pair_of(k, l)], (double)weights[l], product);
        doubles(arena, a.products)[filter * a.taps + k] = product;
        square = fused((double)weights[k], product, square);
        mean = fused((double)weights[k], sums[k], mean);
    }
    const double count = (double)a.rows * a.in_filters;
    mean = block_sum(mean, shared) / count;
    square = block_sum(square, shared);
    if (threadIdx.x != 0) return;
    const double squares = square - count * mean * mean, variance = (squares > 0.0 || !(squares == squares) ? squares : 0.0) / count;
    const double inverse = inverse_deviation(variance);
    double* first = doubles(arena, a.target);
    first[filter] = mean;
    first[a.filters + filter] = variance;
    first[2 * a.filters + filter] = inverse;
    first[3 * a.filters + filter] = (double)arena[a.weight + filter] * inverse;
    if (progress_of(arena, a.progress)->diverged_step != 0) return;
    follow(arena[a.running_mean + filter], mean);
    follow(arena[a.running_variance + filter], variance * count / (count - 1.0));
}

KERNEL(prepare, 128, PARAMETERS, const PrepareTasks tasks) {
    SHARED(double, shared);
    ARENA;
    unsigned block = blockIdx.x, number = 0;
    while (block >= tasks.list[number].blocks) block -= tasks.list[number++].blocks;
    const PrepareTask& a = tasks.list[number];
    const unsigned first = block * blockDim.x * ELEMENTS + threadIdx.x, element = block * blockDim.x + threadIdx.x;
    switch (a.kind) {
    case PACK:
    case PACK_MERGED:
        for (unsigned i = 0; i < ELEMENTS; i++) pack(arena, a, first + i * blockDim.x);
        break;
    case PACK_DENSE:
        for (unsigned i = 0; i < ELEMENTS; i++) pack_dense(arena, a, first + i * blockDim.x);
        break;
    case BIASES:
        if (element < a.planes) {
            const unsigned plane = parameter_of(element, a.out_padded, a.out_filters, a.out_copies);
            doubles(arena, a.target)[element] = plane == NONE ? 0.0 : bias_of(arena, a, plane);
        }
        break;
    case RUNNING: by_running_statistics(arena, a, element); break;
    case FIRST_NORM: first_norm(arena, a, block, shared); break;
    }
}

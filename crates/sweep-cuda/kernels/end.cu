// A network's end: the dense layer, softmax and loss, and the gradient back to the features.
#include "common.cuh"

constexpr unsigned MOST_CLASSES = 64;

// The logits of a block's trial, for all threads, in `logits`, which holds MOST_CLASSES numbers; `sums` holds a double a thread.
__device__ inline void dense_forward(const real* arena, const EndArguments& a, const real* features, real* logits, double* sums) {
    const real* weights = arena + a.weights;
    for (unsigned label = 0; label < a.classes; label++) {
        double sum = 0.0;
        for (unsigned i = threadIdx.x * 4; i < a.features; i += blockDim.x * 4) {
            const real4 x = load4(features + i), w = load4(weights + (unsigned long long)label * a.features + i);
            sum += (double)fused(x.x, w.x, fused(x.y, w.y, fused(x.z, w.z, x.w * w.w)));
        }
        sum = block_sum(sum, sums);
        if (threadIdx.x == 0) logits[label] = (real)(sum + (double)arena[a.bias + label]);
    }
    __syncthreads();
}

// One block a trial. Loss and gradients of the logits are left for later kernels; the gradient of the features replaces nothing.
KERNEL(end_training, 256, PARAMETERS, const EndArguments a) {
    SHARED(double, shared);
    ARENA;
    double* sums = shared;
    real *logits = (real*)(shared + blockDim.x), *slopes = logits + MOST_CLASSES;
    const Member& member = members[blockIdx.z];
    const unsigned trial = blockIdx.x;
    const real* features = arena + a.input + (unsigned long long)trial * a.features;
    dense_forward(arena, a, features, logits, sums);
    double* losses = doubles(arena, a.losses);
    if (threadIdx.x == 0) {
        const unsigned label = ((const unsigned*)((const real*)data_bytes + a.labels))[order_of(input, a.order_stride)[a.first_trial + trial]];
        const double smoothing = member.label_smoothing, of_label = 1.0 - smoothing, of_each = smoothing / a.classes;
        double largest = (double)logits[0], sum = 0.0, all = 0.0, chosen = 0.0;
        unsigned best = 0;
        for (unsigned i = 1; i < a.classes; i++) {
            if (logits[i] > logits[best]) best = i;
            // A NaN makes the loss NaN below.
            if ((double)logits[i] > largest) largest = (double)logits[i];
        }
        for (unsigned i = 0; i < a.classes; i++) {
            const double distance = (double)logits[i] - largest;
            sum += exponential(distance);
            all += distance;
            if (i == label) chosen = distance;
        }
        for (unsigned i = 0; i < a.classes; i++) {
            const double chance = exponential((double)logits[i] - largest) / sum, target = (i == label ? of_label : 0.0) + of_each;
            slopes[i] = (real)((chance - target) / a.trials);
            arena[a.slopes + trial * a.classes + i] = slopes[i];
        }
        losses[trial] = logarithm(sum) - (smoothing == 0.0 ? chosen : of_label * chosen + of_each * all);
        ((unsigned*)(losses + a.trials))[trial] = best == label;
    }
    __syncthreads();
    const real* weights = arena + a.weights;
    real* gradient = arena + a.gradient + (unsigned long long)trial * a.features;
    for (unsigned i = threadIdx.x * 4; i < a.features; i += blockDim.x * 4) {
        real4 sum = four((real)0);
        for (unsigned label = 0; label < a.classes; label++) {
            const real4 w = load4(weights + (unsigned long long)label * a.features + i);
            const real slope = slopes[label];
            sum.x = fused(slope, w.x, sum.x);
            sum.y = fused(slope, w.y, sum.y);
            sum.z = fused(slope, w.z, sum.z);
            sum.w = fused(slope, w.w, sum.w);
        }
        store4(gradient + i, sum);
    }
    if (!is_last_block((unsigned*)(arena + a.counter), gridDim.x, shared)) return;
    double loss = 0.0, correct = 0.0;
    for (unsigned i = threadIdx.x; i < a.trials; i += blockDim.x) {
        loss += losses[i];
        correct += ((unsigned*)(losses + a.trials))[i];
    }
    loss = block_sum(loss, sums) / a.trials;
    correct = block_sum(correct, sums);
    Progress* progress = progress_of(arena, a.progress);
    if (threadIdx.x != 0 || progress->diverged_step != 0) return;
    if (!is_finite(loss)) {
        progress->diverged_step = a.step;
        return;
    }
    progress->loss_sum += loss * a.trials;
    progress->correct += (unsigned)correct;
#pragma unroll
    for (unsigned i = 0; i < 8; i++)
        if (i < a.counters) *(long long*)(arena + a.counter_at[i]) += 1;
}

// The logits in evaluation mode, into the member's results.
KERNEL(end_evaluation, 256, PARAMETERS, const EndArguments a) {
    SHARED(double, shared);
    ARENA;
    real* logits = (real*)(shared + blockDim.x);
    dense_forward(arena, a, arena + a.input + (unsigned long long)blockIdx.x * a.features, logits, shared);
    real* to = (real*)(results + (unsigned long long)a.results_stride * blockIdx.z) + a.logits + (unsigned long long)(a.first_trial + blockIdx.x) * a.classes;
    for (unsigned i = threadIdx.x; i < a.classes; i += blockDim.x) to[i] = logits[i];
}

// Parts of the dense layer's gradient: [part][class][feature], and the biases' as one feature more. A thread has one feature.
KERNEL(dense_gradient, 128, PARAMETERS, const EndArguments a) {
    ARENA;
    constexpr unsigned TOGETHER = 4;
    const unsigned feature = blockIdx.x * blockDim.x + threadIdx.x, width = a.features + 4;
    if (feature > a.features) return;
    const unsigned begin = blockIdx.y * a.trials_a_part, end = least(a.trials, begin + a.trials_a_part);
    for (unsigned first = 0; first < a.classes; first += TOGETHER) {
        real sums[TOGETHER] = {0, 0, 0, 0};
        for (unsigned trial = begin; trial < end; trial++) {
            const real x = feature < a.features ? arena[a.input + (unsigned long long)trial * a.features + feature] : (real)1;
#pragma unroll
            for (unsigned i = 0; i < TOGETHER; i++)
                if (first + i < a.classes) sums[i] = fused(arena[a.slopes + trial * a.classes + first + i], x, sums[i]);
        }
#pragma unroll
        for (unsigned i = 0; i < TOGETHER; i++)
            if (first + i < a.classes) arena[a.parts + ((unsigned long long)blockIdx.y * a.classes + first + i) * width + feature] = sums[i];
    }
}

// From parts of gradients to new parameters: sums of parts, the norm of all gradients, the optimizer's step and bounds on norms; and what an
// epoch begins and ends with.
#include "norm.cuh"

// The sum of one element over the parts, in their order.
__device__ inline double sum_of_parts(const real* arena, const JoinTask& a, unsigned long long element) {
    const real* from = arena + a.parts + element;
    double sum = 0.0;
#pragma unroll 4
    for (unsigned part = 0; part < a.count; part++) sum += (double)from[(unsigned long long)part * a.part_stride];
    return sum;
}

// Sums the parts of all gradients: each task of a list has some blocks.
KERNEL(join, 128, PARAMETERS, const JoinTasks tasks) {
    ARENA;
    unsigned block = blockIdx.x, number = 0;
    while (block >= tasks.list[number].blocks) block -= tasks.list[number++].blocks;
    const JoinTask& a = tasks.list[number];
    const unsigned element = block * blockDim.x + threadIdx.x;
    if (element >= a.elements) return;
    if (a.kind == JOIN_CONVOLUTION) {
        const unsigned n = element % a.planes, c = element / a.planes % a.channels, k = element / a.planes / a.channels;
        const unsigned output = parameter_of(n, a.out_padded, a.out_filters, a.out_copies);
        const unsigned from = parameter_of(c, a.in_padded, a.in_filters, a.in_copies);
        if (output == NONE || from == NONE) return;
        arena[a.target + (output * a.in_filters * a.in_copies + from) * a.taps + k] = (real)sum_of_parts(arena, a, element);
    } else if (a.kind == JOIN_MERGED) {
        arena[a.target + element] = (real)sum_of_parts(arena, a, element);
    } else if (a.kind == JOIN_DENSE) {
        // A row is a class: features, then the bias.
        const unsigned features = a.planes * a.taps, label = element / (features + 1), feature = element % (features + 1);
        const double sum = sum_of_parts(arena, a, (unsigned long long)label * (features + 4) + feature);
        if (feature == features) {
            arena[a.bias_target + label] = (real)sum;
            return;
        }
        const unsigned plane = parameter_of(feature % a.planes, a.out_padded, a.out_filters, a.out_copies), t = feature / a.planes;
        if (plane != NONE) arena[a.target + (label * a.out_filters * a.out_copies + plane) * a.taps + t] = (real)sum;
    } else {
        // EEGNet's filters: all copies of a filter, and what comes through the variance of the first normalisation.
        const unsigned filter = element / a.taps, k = element % a.taps;
        double sum = 0.0;
        for (unsigned copy = 0; copy < a.out_copies; copy++) sum += sum_of_parts(arena, a, k * a.planes + copy * a.out_padded + filter);
        const double fall = doubles(arena, a.joint)[a.planes + filter], mean = doubles(arena, a.first)[filter];
        sum -= fall * (doubles(arena, a.products)[element] - mean * doubles(arena, a.lags)[k]);
        arena[a.target + element] = (real)sum;
    }
}

// The gradients of two convolutions that were merged into one, from that of the one, `total` [tap, channel, plane].
KERNEL(split, 128, PARAMETERS, const SplitArguments a) {
    ARENA;
    const unsigned element = blockIdx.x * blockDim.x + threadIdx.x, temporal = a.filters * a.taps;
    const real* total = arena + a.total;
    double sum = 0.0;
    if (element < temporal) {
        const unsigned filter = element / a.taps, k = element % a.taps;
        for (unsigned output = 0; output < a.outputs; output++)
            for (unsigned c = 0; c < a.channels; c++)
                sum += (double)total[(k * a.padded_channels + c) * a.planes + output] * (double)arena[a.spatial + (output * a.filters + filter) * a.channels + c];
        arena[a.temporal_gradient + element] = (real)sum;
    } else if (element - temporal < a.outputs * a.filters * a.channels) {
        const unsigned place = element - temporal, c = place % a.channels, filter = place / a.channels % a.filters, output = place / a.channels / a.filters;
        for (unsigned k = 0; k < a.taps; k++)
            sum += (double)total[(k * a.padded_channels + c) * a.planes + output] * (double)arena[a.temporal + filter * a.taps + k];
        arena[a.spatial_gradient + place] = (real)sum;
    }
}

// The factor that brings the norm of all gradients together below the member's bound.
KERNEL(clip, 256, PARAMETERS, const UpdateArguments a) {
    SHARED(double, shared);
    ARENA;
    double sum = 0.0;
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < a.gradient_count; i += gridDim.x * blockDim.x)
        sum = fused((double)arena[a.gradients + i], (double)arena[a.gradients + i], sum);
    sum = block_sum(sum, shared);
    double* partial = doubles(arena, a.clip);
    if (threadIdx.x == 0) partial[1 + blockIdx.x] = sum;
    if (!is_last_block((unsigned*)(arena + a.counter), gridDim.x, shared) || threadIdx.x != 0) return;
    double total = 0.0;
    for (unsigned i = 0; i < gridDim.x; i++) total += partial[1 + i];
    partial[0] = members[blockIdx.z].clip_norm / (sqrt(total) + 1e-6);
}

__device__ inline double power(double base, unsigned long long exponent) {
    double result = 1.0;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result *= base;
        base *= base;
    }
    return result;
}

// One block a row of a parameter: what has one bound on its norm.
KERNEL(update, 128, PARAMETERS, const UpdateArguments a) {
    SHARED(double, shared);
    ARENA;
    if (progress_of(arena, a.progress)->diverged_step != 0) return;
    const Member& member = members[blockIdx.z];
    unsigned row = blockIdx.x, number = 0;
    while (row >= a.list[number].rows) row -= a.list[number++].rows;
    const UpdateTensor& tensor = a.list[number];
    const unsigned begin = row * tensor.row, length = least(tensor.row, tensor.length - begin);
    real* parameter = arena + tensor.parameter + begin;
    const real* gradients = arena + a.gradients + tensor.gradient + begin;
    real *first = arena + a.first_moments + tensor.gradient + begin, *second = arena + a.second_moments + tensor.gradient + begin;
    const double clip_factor = a.has_clip ? doubles(arena, a.clip)[0] : 1.0;
    const real factor = (real)clip_factor;
    const bool clips = clip_factor < 1.0;
    if (member.optimizer == ADAM || member.optimizer == ADAMW) {
        const bool is_coupled = member.optimizer == ADAM;
        const unsigned long long step = (unsigned long long)*(long long*)(arena + a.step);
        const real step_size = (real)-(member.learning_rate / (1.0 - power(member.beta1, step)));
        const real root_correction = (real)(1.0 / sqrt(1.0 - power(member.beta2, step)));
        const real share = (real)(1.0 - member.beta1), square_share = (real)(1.0 - member.beta2), beta2 = (real)member.beta2;
        const real decay = is_coupled ? (real)member.weight_decay : (real)0, epsilon = (real)member.epsilon;
        const real shrinkage = is_coupled ? (real)1 : (real)(1.0 - member.learning_rate * member.weight_decay);
        for (unsigned i = threadIdx.x; i < length; i += blockDim.x) {
            const real value = parameter[i], own = clips ? gradients[i] * factor : gradients[i];
            const real gradient = fused(value, decay, own), mean = fused(gradient - first[i], share, first[i]);
            const real square = fused(gradient * gradient, square_share, second[i] * beta2);
            const real change = mean / fused((real)sqrt(square), root_correction, epsilon);
            parameter[i] = fused(change, step_size, value * shrinkage);
            first[i] = mean;
            second[i] = square;
        }
    } else {
        const real rate = (real)member.learning_rate, momentum = (real)member.momentum, decay = (real)member.weight_decay;
        for (unsigned i = threadIdx.x; i < length; i += blockDim.x) {
            const real value = parameter[i], own = clips ? gradients[i] * factor : gradients[i], gradient = own + decay * value;
            real direction = gradient;
            if (member.optimizer != SGD) {
                const real velocity = first[i] * momentum + gradient;
                first[i] = velocity;
                direction = member.optimizer == NESTEROV ? gradient + momentum * velocity : velocity;
            }
            parameter[i] = value - rate * direction;
        }
    }
    if (tensor.bound == NO_BOUND) return;
    const double bound = tensor.bound == DENSE_BOUND ? member.dense_bound : member.convolution_bound;
    if (!is_finite(bound)) return;
    double squares = 0.0;
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x) squares = fused((double)parameter[i], (double)parameter[i], squares);
    const double norm = sqrt(block_sum(squares, shared));
    if (!(norm > bound)) return;
    const real shrinkage = (real)(bound / (norm + 1e-7));
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x) parameter[i] *= shrinkage;
}

KERNEL(begin_epoch, 32, PARAMETERS, const EpochArguments a) {
    ARENA;
    if (threadIdx.x != 0) return;
    Progress* progress = progress_of(arena, a.progress);
    progress->loss_sum = 0.0;
    progress->correct = progress->not_finite = progress->unused = 0;
    // A member that rests has no epoch: like one that diverged, it is not changed any more.
    progress->diverged_step = epoch_of(input, a.order_stride) == 0 ? NONE : 0;
}

// What no file of weights could hold. One block a tensor of the state; the first of them is noted, as its place in the list from 1 on: the
// network's tensors, then for each parameter the two that an optimizer may keep of it.
KERNEL(end_epoch, 256, PARAMETERS, const EpochArguments a) {
    SHARED(double, shared);
    ARENA;
    const unsigned optimizer = members[blockIdx.z].optimizer;
    const EpochTensor& tensor = a.list[blockIdx.x];
    const bool is_kept = tensor.kind != FIRST_MOMENT && tensor.kind != SECOND_MOMENT ? true : tensor.kind == FIRST_MOMENT ? optimizer != SGD : optimizer == ADAM || optimizer == ADAMW;
    double bad = 0.0;
    if (is_kept)
        for (unsigned i = threadIdx.x; i < tensor.length; i += blockDim.x) {
            const double value = (double)arena[tensor.at + i];
            if (!is_finite(value) || (tensor.kind == VARIANCE && value < 0.0)) bad = 1.0;
        }
    bad = block_sum(bad, shared);
    unsigned* flags = (unsigned*)(arena + a.flags);
    if (threadIdx.x == 0) flags[blockIdx.x] = bad != 0.0;
    if (!is_last_block((unsigned*)(arena + a.counter), gridDim.x, shared) || threadIdx.x != 0) return;
    Progress* progress = progress_of(arena, a.progress);
    progress->not_finite = 0;
    for (unsigned i = gridDim.x; i > 0; i--)
        if (flags[i - 1]) progress->not_finite = i;
    *(Progress*)(results + (unsigned long long)a.results_stride * blockIdx.z) = *progress;
}

// Batch normalisation as coefficients, in double: from the moments and sums that blocks have left to what tails multiply by.
//
// A stage's coefficients are five rows of `planes` numbers: weight and offset give the normalised value weight * stored + offset; mean is
// the batch's mean of the stored values as `real` has it; the gradient of a stored value is weight * g + slope * (stored - mean) + constant.
#pragma once
#include "common.cuh"

#define EPSILON 1e-5
#define MOMENTUM 0.1
// Blocks whose moments are joined together, as src/plan/geometry.rs has it.
#define MOMENTS_OF_GROUP 64u

// The parameter that belongs to a plane: planes stand copy by copy, and PyTorch has the copies of a filter side by side.
__device__ __forceinline__ unsigned parameter_of(unsigned plane, unsigned padded, unsigned filters, unsigned copies) {
    const unsigned filter = plane % padded;
    return filter < filters ? filter * copies + plane / padded : NONE;
}
__device__ __forceinline__ double inverse_deviation(double variance) { return 1.0 / sqrt(variance + EPSILON); }
__device__ __forceinline__ void follow(real& running, double newest) {
    running = (real)((double)running * (1.0 - MOMENTUM) + newest * MOMENTUM);
}

// The planes of a block's threads, several threads to a plane where there are more threads than planes.
struct Sharing {
    unsigned planes, shares, place, share;
    __device__ Sharing(unsigned all) {
        planes = least(all, blockDim.x);
        shares = blockDim.x / planes;
        place = threadIdx.x % planes;
        share = threadIdx.x / planes;
    }
    // The sum over a plane's threads. All threads call it.
    __device__ double sum(double value, double* shared) const {
        __syncthreads();
        shared[threadIdx.x] = value;
        __syncthreads();
        double total = 0.0;
        for (unsigned i = 0; i < shares; i++) total += shared[i * planes + place];
        return total;
    }
};

// Where a block leaves its moments: for each plane the sum of its values, about their mean as `real` has it, and the sum of squared distances
// from that; then how many values. A division in double would take long on many devices, so there is none before the blocks are joined.
__device__ __forceinline__ double* moments_at(real* arena, const NormArguments& norm, unsigned block) {
    return doubles(arena, norm.partial) + (unsigned long long)block * (3 * norm.planes + 1);
}

// The moments of several blocks together, of one plane.
struct Moments {
    double sum, mean, squares;
};

// Joins the moments that `blocks` blocks from `first` on have left of `count` values, in two passes: the mean, then squares about it. All
// threads call it.
__device__ inline Moments join_moments(real* arena, const NormArguments& norm, unsigned first, unsigned blocks, double count,
                                       const Sharing& sharing, unsigned plane, bool is_there, double* shared) {
    Moments joined;
    double sum = 0.0, squares = 0.0;
    if (is_there)
#pragma unroll 4
        for (unsigned block = sharing.share; block < blocks; block += sharing.shares) sum += moments_at(arena, norm, first + block)[plane];
    joined.sum = sharing.sum(sum, shared);
    joined.mean = joined.sum / count;
    if (is_there)
#pragma unroll 4
        for (unsigned block = sharing.share; block < blocks; block += sharing.shares) {
            const double* moments = moments_at(arena, norm, first + block);
            const double own_count = moments[3 * norm.planes], own = moments[norm.planes + plane], distance = own - joined.mean;
            squares += moments[2 * norm.planes + plane] + distance * (2.0 * (moments[plane] - own_count * own) + own_count * distance);
        }
    joined.squares = sharing.sum(squares, shared);
    return joined;
}

// Joins the moments of a group of blocks, and leaves them behind those of all blocks.
__device__ inline void join_group(real* arena, const NormArguments& norm, unsigned group, unsigned blocks, unsigned all, double* shared) {
    const Sharing sharing(norm.planes);
    const unsigned first = group * MOMENTS_OF_GROUP;
    double* out = moments_at(arena, norm, all + group);
    double count = 0.0;
    for (unsigned block = 0; block < blocks; block++) count += moments_at(arena, norm, first + block)[3 * norm.planes];
    for (unsigned base = 0; base < norm.planes; base += sharing.planes) {
        const unsigned plane = base + sharing.place;
        const bool is_there = plane < norm.planes && sharing.share < sharing.shares;
        const Moments joined = join_moments(arena, norm, first, blocks, count, sharing, plane, is_there, shared);
        if (!is_there || sharing.share != 0) continue;
        out[plane] = joined.sum;
        out[norm.planes + plane] = joined.mean;
        out[2 * norm.planes + plane] = joined.squares;
    }
    if (threadIdx.x == 0) out[3 * norm.planes] = count;
}

// Joins the moments of `blocks` blocks from `from` on, sets the coefficients and moves the running statistics.
__device__ inline void finish_moments(real* arena, const NormArguments& norm, unsigned from, unsigned blocks, double* shared) {
    const double count = (double)norm.rows;
    real* coefficients = arena + norm.coefficients;
    double* statistics = doubles(arena, norm.statistics);
    const bool is_alive = progress_of(arena, norm.progress)->diverged_step == 0;
    const Sharing sharing(norm.planes);
    for (unsigned base = 0; base < norm.planes; base += sharing.planes) {
        const unsigned plane = base + sharing.place;
        const bool is_there = plane < norm.planes && sharing.share < sharing.shares;
        const Moments joined = join_moments(arena, norm, from, blocks, count, sharing, plane, is_there, shared);
        const double mean = joined.mean, squares = joined.squares;
        if (!is_there || sharing.share != 0) continue;
        statistics[plane] = mean;
        statistics[norm.planes + plane] = squares;
        const unsigned parameter = parameter_of(plane, norm.padded, norm.filters, norm.copies);
        double weight = 0.0, offset = 0.0;
        if (parameter != NONE) {
            double scale = 1.0, bias = norm.bias_values == NONE ? 0.0 : doubles(arena, norm.bias_values)[plane];
            if (norm.first != NONE) {
                // The depthwise convolution of a normalisation: its constant part is (b1 - a m1) times the sum of the weights.
                const double* first = doubles(arena, norm.first);
                const unsigned filter = plane % norm.padded;
                scale = first[3 * norm.filters + filter];
                double sum_of_weights = 0.0;
                for (unsigned c = 0; c < norm.channels; c++) sum_of_weights += (double)arena[norm.depthwise + parameter * norm.channels + c];
                bias = sum_of_weights * ((double)arena[norm.first_bias + filter] - scale * first[filter]);
            }
            const double of_z = scale * scale * squares;
            weight = (double)arena[norm.weight + parameter] * inverse_deviation(of_z / count) * scale;
            offset = (double)arena[norm.bias + parameter] - weight * mean;
            if (is_alive) {
                follow(arena[norm.running_mean + parameter], scale * mean + bias);
                follow(arena[norm.running_variance + parameter], of_z / (count - 1.0));
            }
        }
        coefficients[plane] = (real)weight;
        coefficients[norm.planes + plane] = (real)offset;
        coefficients[2 * norm.planes + plane] = (real)mean;
    }
}

// The end of a kernel that leaves moments: the last block of the launch finishes them. With many blocks, the last of each group joins those of
// its group before.
__device__ inline void finish_moments(real* arena, const NormArguments& norm, void* shared) {
    unsigned* counters = (unsigned*)(arena + norm.counter);
    const unsigned blocks = gridDim.x, groups = (blocks + MOMENTS_OF_GROUP - 1) / MOMENTS_OF_GROUP;
    if (groups == 1) {
        if (is_last_block(counters, blocks * gridDim.y, shared)) finish_moments(arena, norm, 0, blocks, (double*)shared);
        return;
    }
    const unsigned group = blockIdx.x / MOMENTS_OF_GROUP, size = least(MOMENTS_OF_GROUP, blocks - group * MOMENTS_OF_GROUP);
    if (!is_last_block(counters + 4 + group, size * gridDim.y, shared)) return;
    join_group(arena, norm, group, size, blocks, (double*)shared);
    if (is_last_block(counters, groups, shared)) finish_moments(arena, norm, blocks, groups, (double*)shared);
}

// Joins the blocks' sums of g and of g (stored - mean), sets the coefficients of the gradient and the gradients of the parameters. With n
// rows: dz = b (g - mean(g) - (z - m) / s^2 mean(g (z - m))).
__device__ inline void finish_sums(real* arena, const NormArguments& norm, unsigned blocks, double* shared) {
    const double count = (double)norm.rows;
    real* coefficients = arena + norm.coefficients;
    const double* statistics = doubles(arena, norm.statistics);
    const Sharing sharing(norm.planes);
    for (unsigned base = 0; base < norm.planes; base += sharing.planes) {
        const unsigned plane = base + sharing.place;
        const bool is_there = plane < norm.planes && sharing.share < sharing.shares;
        double total = 0.0, product = 0.0;
        if (is_there)
#pragma unroll 4
            for (unsigned block = sharing.share; block < blocks; block += sharing.shares) {
                const double* sums = doubles(arena, norm.partial) + (unsigned long long)block * 2 * norm.planes;
                total += sums[plane];
                product += sums[norm.planes + plane];
            }
        total = sharing.sum(total, shared);
        product = sharing.sum(product, shared);
        if (!is_there || sharing.share != 0) continue;
        const unsigned parameter = parameter_of(plane, norm.padded, norm.filters, norm.copies);
        double slope = 0.0, constant = 0.0, joint = 0.0;
        if (parameter != NONE) {
            // Distances were taken from the mean as `real` has it.
            const double rounding = (double)coefficients[2 * norm.planes + plane] - statistics[plane];
            product += rounding * total;
            const double scale = norm.first == NONE ? 1.0 : doubles(arena, norm.first)[3 * norm.filters + plane % norm.padded];
            const double squares = statistics[norm.planes + plane], inverse = inverse_deviation(scale * scale * squares / count);
            const double weight = (double)arena[norm.weight + parameter] * inverse, with_z = scale * product;
            const double fall = inverse * inverse * with_z / count;
            slope = -scale * weight * fall * scale;
            constant = -scale * weight * total / count + (double)(real)slope * rounding;
            joint = weight * (product - fall * scale * squares);
            arena[norm.weight_gradient + parameter] = (real)(with_z * inverse);
            arena[norm.bias_gradient + parameter] = (real)total;
        }
        coefficients[3 * norm.planes + plane] = (real)slope;
        coefficients[4 * norm.planes + plane] = (real)constant;
        if (norm.first != NONE) doubles(arena, norm.joint)[plane] = joint;
    }
    if (norm.first == NONE) return;
    // The first normalisation, of all channels together: only its weight has a gradient, through epsilon.
    __syncthreads();
    const double* first = doubles(arena, norm.first);
    double* joints = doubles(arena, norm.joint);
    for (unsigned filter = threadIdx.x; filter < norm.filters; filter += blockDim.x) {
        double joint = 0.0;
        for (unsigned copy = 0; copy < norm.copies; copy++) joint += joints[copy * norm.padded + filter];
        const double inverse = first[2 * norm.filters + filter];
        arena[norm.first_weight_gradient + filter] = (real)(joint * inverse);
        joints[norm.planes + filter] = first[3 * norm.filters + filter] * inverse * inverse * joint / (count * norm.channels);
    }
}

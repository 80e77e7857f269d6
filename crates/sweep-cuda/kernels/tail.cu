// What follows a convolution: batch normalisation, activation, pool and dropout; forward, and backward in two sweeps.
#include "norm.cuh"

// What one thread works on: a window of a trial and four planes.
struct Place {
    unsigned trial, window, plane;
};
__device__ __forceinline__ bool place_of(const TailArguments& a, unsigned windows, Place& place) {
    const unsigned quads = a.planes / 4, number = blockIdx.x * blockDim.x + threadIdx.x, rest = number / quads;
    place.plane = number % quads * 4;
    place.window = rest % windows;
    place.trial = rest / windows;
    return place.trial < a.trials;
}

// A plane's coefficients.
struct Coefficients {
    real4 weight, offset, mean, slope, constant;
    __device__ Coefficients(const real* arena, const TailArguments& a, unsigned plane) {
        const real* from = arena + a.coefficients + plane;
        weight = load4(from);
        offset = load4(from + a.planes);
        mean = load4(from + 2 * a.planes);
        slope = load4(from + 3 * a.planes);
        constant = load4(from + 4 * a.planes);
    }
    __device__ real4 value(const real4& stored) const {
        real4 value;
        value.x = fused(stored.x, weight.x, offset.x);
        value.y = fused(stored.y, weight.y, offset.y);
        value.z = fused(stored.z, weight.z, offset.z);
        value.w = fused(stored.w, weight.w, offset.w);
        return value;
    }
};

// The one with the larger activation: the first of equals, and NaN if either is.
__device__ __forceinline__ real larger(const Activation& f, real first, real second) {
    if (!(first == first)) return first;
    return rank_of(f, second) <= rank_of(f, first) ? first : second;
}
__device__ __forceinline__ real4 larger(const Activation& f, const real4& first, const real4& second) {
    real4 value;
    value.x = larger(f, first.x, second.x);
    value.y = larger(f, first.y, second.y);
    value.z = larger(f, first.z, second.z);
    value.w = larger(f, first.w, second.w);
    return value;
}
__device__ __forceinline__ real4 activated(const Activation& f, const real4& x) {
    real4 value;
    value.x = activated(f, x.x);
    value.y = activated(f, x.y);
    value.z = activated(f, x.z);
    value.w = activated(f, x.w);
    return value;
}
__device__ __forceinline__ real4 product(const real4& a, const real4& b) {
    real4 value;
    value.x = a.x * b.x;
    value.y = a.y * b.y;
    value.z = a.z * b.z;
    value.w = a.w * b.w;
    return value;
}

__device__ __forceinline__ const real* window_at(const real* arena, const TailArguments& a, const Place& place) {
    return arena + a.stored + ((unsigned long long)place.trial * a.pitch + place.window * a.size) * a.planes + place.plane;
}
__device__ __forceinline__ unsigned long long result_at(const TailArguments& a, const Place& place) {
    return a.result + ((unsigned long long)place.trial * a.result_pitch + a.result_first + place.window) * a.planes + place.plane;
}
__device__ __forceinline__ real4 largest_of(const TailArguments& a, const Coefficients& coefficients, const Activation& f, const real* window) {
    real4 largest = coefficients.value(load4(window));
    for (unsigned row = 1; row < a.size; row++) largest = larger(f, largest, coefficients.value(load4(window + row * a.planes)));
    return largest;
}
// The factors of dropout. Elements are numbered as on the processor, whose filters are padded to vectors of 8.
__device__ __forceinline__ real4 factors_of(const TailArguments& a, const Dropout& dropout, const Place& place) {
    if (dropout.threshold == 0) return four((real)1);
    const unsigned lane = place.plane / a.padded * a.lanes + place.plane % a.padded;
    return dropout_factors(dropout, (place.trial * a.windows + place.window) * a.lanes * a.copies + lane);
}

// The results of a stage.
KERNEL(tail_forward, 256, PARAMETERS, const TailArguments a) {
    ARENA;
    Place place;
    if (!place_of(a, a.windows, place)) return;
    const Member& member = members[blockIdx.z];
    const Activation f = activation_of(member);
    const Coefficients coefficients(arena, a, place.plane);
    const real* window = window_at(arena, a, place);
    real4 value;
    if (a.is_maximum) {
        value = activated(f, largest_of(a, coefficients, f, window));
    } else {
        real4 sum = four((real)0);
        for (unsigned row = 0; row < a.size; row++) {
            const real4 term = activated(f, coefficients.value(load4(window + row * a.planes)));
            sum.x += term.x;
            sum.y += term.y;
            sum.z += term.z;
            sum.w += term.w;
        }
        value = product(sum, four((real)1 / (real)a.size));
    }
    if (a.is_training) {
        const Dropout dropout = dropout_of(member, a.layer, epoch_of(input, a.order_stride), a.step);
        if (dropout.threshold != 0) value = product(value, factors_of(a, dropout, place));
    }
    store4(arena + result_at(a, place), value);
}

// How the gradient of a window's result is shared among its rows.
struct Share {
    bool is_maximum;
    real rank, rest;
    __device__ real of_row(const Activation& f, real value) {
        if (!is_maximum) return rest * slope_of(f, value);
        // The first row that reaches the largest rank has all.
        const real taken = rank <= rank_of(f, value) ? rest : (real)0;
        rest -= taken;
        return taken;
    }
};
struct Shares {
    Share x, y, z, w;
    __device__ Shares(const TailArguments& a, const Activation& f, const real4& largest, const real4& gradient) {
        x = {a.is_maximum != 0, rank_of(f, largest.x), gradient.x};
        y = {a.is_maximum != 0, rank_of(f, largest.y), gradient.y};
        z = {a.is_maximum != 0, rank_of(f, largest.z), gradient.z};
        w = {a.is_maximum != 0, rank_of(f, largest.w), gradient.w};
    }
    __device__ real4 of_row(const Activation& f, const real4& value) {
        real4 share;
        share.x = x.of_row(f, value.x);
        share.y = y.of_row(f, value.y);
        share.z = z.of_row(f, value.z);
        share.w = w.of_row(f, value.w);
        return share;
    }
};

// The first sweep: sums of g and g (stored - mean) over the batch, g being the gradient of the normalised values. The gradient of the result
// becomes that of the largest value of a window, or of every activation of a mean.
//
// A block has `rows` windows, one after another, and all planes; a thread has four planes and every `shares`th window.
KERNEL(tail_sums, 256, PARAMETERS, const TailArguments a, const NormArguments norm) {
    SHARED(real, shared);
    ARENA;
    const Member& member = members[blockIdx.z];
    const Activation f = activation_of(member);
    const Dropout dropout = dropout_of(member, a.layer, epoch_of(input, a.order_stride), a.step);
    const unsigned all_quads = a.planes / 4, quads = least(all_quads, blockDim.x), shares = blockDim.x / quads;
    const unsigned share = threadIdx.x / quads, end = least(a.trials * a.windows, (blockIdx.x + 1) * a.rows);
    for (unsigned base = 0; base < all_quads; base += quads) {
        const unsigned quad = base + threadIdx.x % quads;
        const bool is_there = quad < all_quads && share < shares;
        real4 total = four((real)0), products = four((real)0);
        if (is_there) {
            const Coefficients coefficients(arena, a, quad * 4);
            for (unsigned number = blockIdx.x * a.rows + share; number < end; number += shares) {
                const Place place = {number / a.windows, number % a.windows, quad * 4};
                const real* window = window_at(arena, a, place);
                real* at = arena + result_at(a, place);
                real4 gradient = load4(at), largest = four((real)0);
                if (dropout.threshold != 0) gradient = product(gradient, factors_of(a, dropout, place));
                if (a.is_maximum) {
                    largest = largest_of(a, coefficients, f, window);
                    gradient.x *= slope_of(f, largest.x);
                    gradient.y *= slope_of(f, largest.y);
                    gradient.z *= slope_of(f, largest.z);
                    gradient.w *= slope_of(f, largest.w);
                } else {
                    gradient = product(gradient, four((real)1 / (real)a.size));
                }
                store4(at, gradient);
                Shares shared_out(a, f, largest, gradient);
                for (unsigned row = 0; row < a.size; row++) {
                    const real4 stored = load4(window + row * a.planes), g = shared_out.of_row(f, coefficients.value(stored));
                    total.x += g.x;
                    total.y += g.y;
                    total.z += g.z;
                    total.w += g.w;
                    products.x = fused(g.x, stored.x - coefficients.mean.x, products.x);
                    products.y = fused(g.y, stored.y - coefficients.mean.y, products.y);
                    products.z = fused(g.z, stored.z - coefficients.mean.z, products.z);
                    products.w = fused(g.w, stored.w - coefficients.mean.w, products.w);
                }
            }
        }
        __syncthreads();
        real4* parts = (real4*)shared;
        parts[threadIdx.x] = total;
        parts[blockDim.x + threadIdx.x] = products;
        __syncthreads();
        // One thread a plane and sum.
        for (unsigned i = threadIdx.x; i < 8 * quads; i += blockDim.x) {
            const unsigned which = i / (4 * quads), plane = i % (4 * quads);
            double sum = 0.0;
            for (unsigned s = 0; s < shares; s++) sum += (double)shared[(which * blockDim.x + s * quads) * 4 + plane];
            if (base * 4 + plane < a.planes)
                doubles(arena, norm.partial)[((unsigned long long)blockIdx.x * 2 + which) * a.planes + base * 4 + plane] = sum;
        }
    }
    if (is_last_block((unsigned*)(arena + norm.counter), gridDim.x, shared)) finish_sums(arena, norm, gridDim.x, (double*)shared);
}

// The second sweep: the gradient of the stored values, in their place.
KERNEL(tail_backward, 256, PARAMETERS, const TailArguments a) {
    ARENA;
    Place place;
    // The rows that no window holds are a window of their own.
    if (!place_of(a, a.windows + (a.windows * a.size < a.time), place)) return;
    const Activation f = activation_of(members[blockIdx.z]);
    const Coefficients c(arena, a, place.plane);
    real* window = (real*)window_at(arena, a, place);
    const bool is_rest = place.window == a.windows;
    const unsigned rows = is_rest ? a.time - a.windows * a.size : a.size;
    const real4 gradient = is_rest ? four((real)0) : load4(arena + result_at(a, place));
    const real4 largest = a.is_maximum && !is_rest ? largest_of(a, c, f, window) : four((real)0);
    Shares shares(a, f, largest, gradient);
    for (unsigned row = 0; row < rows; row++) {
        const real4 stored = load4(window + row * a.planes), g = is_rest ? four((real)0) : shares.of_row(f, c.value(stored));
        real4 out;
        out.x = fused(stored.x - c.mean.x, c.slope.x, fused(g.x, c.weight.x, c.constant.x));
        out.y = fused(stored.y - c.mean.y, c.slope.y, fused(g.y, c.weight.y, c.constant.y));
        out.z = fused(stored.z - c.mean.z, c.slope.z, fused(g.z, c.weight.z, c.constant.z));
        out.w = fused(stored.w - c.mean.w, c.slope.w, fused(g.w, c.weight.w, c.constant.w));
        store4(window + row * a.planes, out);
    }
}

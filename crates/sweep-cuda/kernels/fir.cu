// EEGNet's filters along time, a filter a plane, over planes that the channels have been mixed into; and the gradient of the filters.
#include "norm.cuh"

constexpr unsigned FIR_ROWS = 16;   // rows of a thread
constexpr unsigned FIR_TAPS = 64;   // taps that are staged together
constexpr unsigned GRADIENT_TAPS = 13;   // taps of a thread in the gradient
constexpr unsigned GRADIENT_ROWS = 130;  // rows that are staged together there

// A plane's filter tap; 0 beyond the last, and for planes that are only there to fill up.
__device__ __forceinline__ real tap_of(const real* arena, const FirArguments& a, unsigned plane, unsigned tap) {
    const unsigned filter = plane % a.padded;
    if (plane >= a.planes || filter >= a.filters || tap >= a.taps) return (real)0;
    return arena[a.weights + filter * a.taps + (a.is_flipped ? a.taps - 1 - tap : tap)];
}

// The rows that a block stages: of planes in the arena, or of trials of at most 4 channels, mixed on the way.
struct Rows {
    const real* from;
    unsigned planes, time;
    bool is_there, mixes;
    real4 mixture[4];
    __device__ Rows(const real* arena, const real* data, const unsigned* order, const FirArguments& a, unsigned trial, unsigned plane) {
        planes = a.planes;
        time = a.in_time;
        is_there = plane < a.planes;
        mixes = a.mixes != 0;
#pragma unroll
        for (unsigned c = 0; c < 4; c++) mixture[c] = mixes && is_there ? load4(arena + a.mixture + c * a.planes + plane) : four((real)0);
        const unsigned number = a.source == FROM_ORDER ? order[trial] : trial;
        from = mixes ? data + a.trials_input + (unsigned long long)number * time * 4 : arena + a.input + (unsigned long long)trial * time * planes + plane;
    }
    __device__ real4 row(unsigned row) const {
        if (row >= time || !is_there) return four((real)0);
        if (!mixes) return load4(from + row * planes);
        const real4 x = load4(from + row * 4);
        real4 sum;
        sum.x = fused(x.w, mixture[3].x, fused(x.z, mixture[2].x, fused(x.y, mixture[1].x, x.x * mixture[0].x)));
        sum.y = fused(x.w, mixture[3].y, fused(x.z, mixture[2].y, fused(x.y, mixture[1].y, x.x * mixture[0].y)));
        sum.z = fused(x.w, mixture[3].z, fused(x.z, mixture[2].z, fused(x.y, mixture[1].z, x.x * mixture[0].z)));
        sum.w = fused(x.w, mixture[3].w, fused(x.z, mixture[2].w, fused(x.y, mixture[1].w, x.x * mixture[0].w)));
        return sum;
    }
};

// Some taps of 16 rows of a plane, whose elements lie `width` apart; a width that is known when this is compiled makes every place a constant. The window of
// input rows turns in registers: each tap takes one row more.
template <unsigned WIDTH>
__device__ __forceinline__ void filter_rows(const real* from, const real* w, unsigned any_width, unsigned taps, real (&sums)[FIR_ROWS]) {
    const unsigned width = WIDTH ? WIDTH : any_width;
    real window[FIR_ROWS];
#pragma unroll
    for (unsigned m = 0; m < FIR_ROWS; m++) window[m] = from[m * width];
    from += FIR_ROWS * width;
    for (; taps >= FIR_ROWS; taps -= FIR_ROWS, from += FIR_ROWS * width, w += FIR_ROWS * width) {
#pragma unroll
        for (unsigned k = 0; k < FIR_ROWS; k++) {
            const real weight = w[k * width];
#pragma unroll
            for (unsigned m = 0; m < FIR_ROWS; m++) sums[m] = fused(window[(k + m) % FIR_ROWS], weight, sums[m]);
            window[k] = from[k * width];
        }
    }
#pragma unroll
    for (unsigned k = 0; k < FIR_ROWS; k++) {
        if (k >= taps) break;
        const real weight = w[k * width];
#pragma unroll
        for (unsigned m = 0; m < FIR_ROWS; m++) sums[m] = fused(window[(k + m) % FIR_ROWS], weight, sums[m]);
        window[k] = from[k * width];
    }
}

// out[t][p] = sum over k of in[t + k - before][p] w[p][k], rows outside of a trial being zero. A block has a tile of rows of one trial and up to
// 32 planes; a thread has one plane and 16 rows.
KERNEL(fir, 256, PARAMETERS, const FirArguments a, const NormArguments norm) {
    SHARED(real, shared);
    ARENA;
    const unsigned thread = threadIdx.x, width = a.width, lane = thread % width, group = thread / width, groups = blockDim.x / width;
    const unsigned tile_rows = groups * FIR_ROWS, trial = blockIdx.x / a.tiles, first = blockIdx.x % a.tiles * tile_rows;
    const unsigned plane = blockIdx.y * width + lane;
    real *rows = shared, *weights = shared + (tile_rows + FIR_TAPS) * width;
    // A thread stages the same four planes of every few rows.
    const unsigned quads = width / 4, quad = thread % quads * 4, quad_plane = blockIdx.y * width + quad;
    real sums[FIR_ROWS];
#pragma unroll
    for (unsigned m = 0; m < FIR_ROWS; m++) sums[m] = (real)0;
    for (unsigned tap = 0; tap < a.taps; tap += FIR_TAPS) {
        const unsigned taps = least(FIR_TAPS, a.taps - tap);
        __syncthreads();
        const Rows in(arena, (const real*)data_bytes, order_of(input, a.order_stride) + a.first_trial, a, trial, quad_plane);
        for (unsigned at = thread / quads; at < tile_rows + taps; at += blockDim.x / quads) store4(rows + at * width + quad, in.row(first + at + tap - a.before));
        for (unsigned i = thread; i < taps * width; i += blockDim.x) weights[i] = tap_of(arena, a, blockIdx.y * width + i % width, tap + i / width);
        __syncthreads();
        const real *from = rows + group * FIR_ROWS * width + lane, *w = weights + lane;
        if (width == 16) filter_rows<16>(from, w, width, taps, sums);
        else if (width == 32) filter_rows<32>(from, w, width, taps, sums);
        else filter_rows<0>(from, w, width, taps, sums);
    }
    const unsigned row = first + group * FIR_ROWS, present = row < a.out_time ? least(FIR_ROWS, a.out_time - row) : 0;
    real* out = arena + a.output + ((unsigned long long)trial * a.out_time + row) * a.planes + plane;
#pragma unroll
    for (unsigned m = 0; m < FIR_ROWS; m++)
        if (m < present && plane < a.planes) out[m * a.planes] = sums[m];
    if (norm.partial == NONE) return;
    // The block's moments.
    const real count = (real)least(tile_rows, a.out_time - first);
    real mean = (real)0, sum_of = (real)0;
    for (unsigned pass = 0; pass < 2; pass++) {
        real own = (real)0;
#pragma unroll
        for (unsigned m = 0; m < FIR_ROWS; m++)
            if (m < present) {
                const real distance = sums[m] - mean;
                own += pass == 0 ? sums[m] : distance * distance;
            }
        __syncthreads();
        shared[thread] = own;
        __syncthreads();
        real total = (real)0;
        for (unsigned g = 0; g < groups; g++) total += shared[g * width + lane];
        if (pass == 0) {
            sum_of = total;
            mean = total / count;
        } else if (group == 0 && plane < a.planes) {
            double* moments = moments_at(arena, norm, blockIdx.x);
            moments[plane] = (double)sum_of;
            moments[norm.planes + plane] = (double)mean;
            moments[2 * norm.planes + plane] = (double)total;
            if (plane == 0) moments[3 * norm.planes] = (double)count;
        }
    }
    finish_moments(arena, norm, shared);
}

// The sums of a tile of rows for 13 taps of a plane, as `filter_rows` goes over them.
template <unsigned WIDTH>
__device__ __forceinline__ void filter_gradient(const real* from, const real* slopes, unsigned any_width, real (&sums)[GRADIENT_TAPS]) {
    const unsigned width = WIDTH ? WIDTH : any_width;
    real window[GRADIENT_TAPS];
#pragma unroll
    for (unsigned k = 0; k < GRADIENT_TAPS; k++) window[k] = from[k * width];
    from += GRADIENT_TAPS * width;
    for (unsigned t0 = 0; t0 < GRADIENT_ROWS; t0 += GRADIENT_TAPS, from += GRADIENT_TAPS * width, slopes += GRADIENT_TAPS * width) {
#pragma unroll
        for (unsigned t = 0; t < GRADIENT_TAPS; t++) {
            const real slope = slopes[t * width];
#pragma unroll
            for (unsigned k = 0; k < GRADIENT_TAPS; k++) sums[k] = fused(slope, window[(t + k) % GRADIENT_TAPS], sums[k]);
            window[t] = from[t * width];
        }
    }
}

// Parts of the filters' gradient, [part][tap][plane]: the sum over rows of dy[t][p] in[t + k - before][p]. A part is a few tiles of rows of trials;
// a block has some taps and up to 32 planes, a thread one plane and 13 taps, whose window of input rows turns in registers.
KERNEL(fir_gradient, 256, PARAMETERS, const FirArguments a) {
    SHARED(real, shared);
    ARENA;
    const unsigned thread = threadIdx.x, width = a.width, lane = thread % width, group = thread / width, groups = blockDim.x / width;
    const unsigned tap_tiles = (a.taps + groups * GRADIENT_TAPS - 1) / (groups * GRADIENT_TAPS);
    const unsigned tap = blockIdx.y % tap_tiles * groups * GRADIENT_TAPS, first_plane = blockIdx.y / tap_tiles * width, plane = first_plane + lane;
    real *slopes = shared, *rows = shared + GRADIENT_ROWS * width;
    real sums[GRADIENT_TAPS];
#pragma unroll
    for (unsigned k = 0; k < GRADIENT_TAPS; k++) sums[k] = (real)0;
    const unsigned end = least(a.trials * a.tiles, (blockIdx.x + 1) * a.tiles_a_part), quads = width / 4, own_quad = thread % quads * 4;
    for (unsigned tile = blockIdx.x * a.tiles_a_part; tile < end; tile++) {
        const unsigned trial = tile / a.tiles, first = tile % a.tiles * GRADIENT_ROWS;
        const Rows in(arena, (const real*)data_bytes, order_of(input, a.order_stride) + a.first_trial, a, trial, first_plane + own_quad);
        const real* dy = arena + a.output + (unsigned long long)trial * a.out_time * a.planes + first_plane;
        __syncthreads();
        for (unsigned i = thread; i < GRADIENT_ROWS * quads; i += blockDim.x) {
            const unsigned quad = i % quads * 4, at = i / quads, row = first + at;
            const bool is_there = row < a.out_time && first_plane + quad < a.planes;
            store4(slopes + at * width + quad, is_there ? load4(dy + row * a.planes + quad) : four((real)0));
        }
        for (unsigned at = thread / quads; at < GRADIENT_ROWS + groups * GRADIENT_TAPS; at += blockDim.x / quads)
            store4(rows + at * width + own_quad, in.row(first + at + tap - a.before));
        __syncthreads();
        const real *from = rows + group * GRADIENT_TAPS * width + lane, *slope_at = slopes + lane;
        if (width == 16) filter_gradient<16>(from, slope_at, width, sums);
        else if (width == 32) filter_gradient<32>(from, slope_at, width, sums);
        else filter_gradient<0>(from, slope_at, width, sums);
    }
    real* part = arena + a.parts + (unsigned long long)blockIdx.x * a.taps * a.planes;
    for (unsigned k = 0; k < GRADIENT_TAPS; k++) {
        const unsigned at = tap + group * GRADIENT_TAPS + k;
        if (at < a.taps && plane < a.planes) part[at * a.planes + plane] = sums[k];
    }
}

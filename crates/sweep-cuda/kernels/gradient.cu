// Gradients of a convolution's weights: for every tap, the product of the input's rows with those of the gradient, summed over the rows of
// a part of the batch. Rows that are no results have a gradient of zero.
#include "common.cuh"

// A block has a tile of channels and planes, and taps up to GROUP; a thread has CHANNELS channels, 4 planes, these taps, and a share of the rows. Its
// window of GROUP input rows turns in registers. Every share is a part of its own: [part][tap][channel][plane].
template <int GROUP, int CHANNELS, int TILE>
__device__ __forceinline__ void convolve_gradient(PARAMETERS, const GradientArguments& a) {
    static_assert(TILE % GROUP == 0, "shares of whole windows");
    SHARED(real, shared);
    ARENA;
    const unsigned thread = threadIdx.x, quads = a.quads, channel_threads = a.channel_threads, columns = quads * channel_threads;
    const unsigned quad = thread % quads, place = thread / quads % channel_threads, share = thread / columns, shares = blockDim.x / columns;
    const unsigned width = quads * 4, depth = channel_threads * CHANNELS;
    const unsigned plane_tiles = (a.planes + width - 1) / width, channel_tiles = (a.channels + depth - 1) / depth;
    const unsigned first_plane = blockIdx.y % plane_tiles * width, first_channel = blockIdx.y / plane_tiles % channel_tiles * depth;
    const unsigned first_tap = blockIdx.y / plane_tiles / channel_tiles * GROUP;
    real *us = shared, *slopes = shared + (TILE + GROUP - 1) * depth;
    const real* rows = a.source == FROM_ARENA ? arena + a.input : (const real*)data_bytes + a.input;
    const unsigned* order = order_of(input, a.order_stride) + a.first_trial;
    real sums[GROUP][CHANNELS][4];
#pragma unroll
    for (int k = 0; k < GROUP; k++)
#pragma unroll
        for (int c = 0; c < CHANNELS; c++) sums[k][c][0] = sums[k][c][1] = sums[k][c][2] = sums[k][c][3] = (real)0;
    const unsigned end = least(a.rows, (blockIdx.x + 1) * a.rows_a_part);
    for (unsigned first = blockIdx.x * a.rows_a_part; first < end; first += TILE) {
        __syncthreads();
        for (unsigned i = thread; i < (TILE + GROUP - 1) * (depth / 4); i += blockDim.x) {
            const unsigned c = i % (depth / 4) * 4, at = i / (depth / 4), row = first + at + first_tap;
            real4 value = four((real)0);
            if (row < a.rows && first_channel + c < a.channels) {
                unsigned long long from = row;
                if (a.source == FROM_ORDER) from = (unsigned long long)order[row / a.pitch] * a.pitch + row % a.pitch;
                value = load4(rows + from * a.channels + first_channel + c);
            }
            store4(us + at * depth + c, value);
        }
        for (unsigned i = thread; i < TILE * quads; i += blockDim.x) {
            const unsigned n = i % quads * 4, at = i / quads, row = first + at;
            const bool is_there = row < end && first_plane + n < a.planes;
            store4(slopes + at * width + n, is_there ? load4(arena + a.slopes + (unsigned long long)row * a.planes + first_plane + n) : four((real)0));
        }
        __syncthreads();
        const unsigned rows_of_share = TILE / shares;
        const real* from = us + share * rows_of_share * depth + place * CHANNELS;
        const real* slope_at = slopes + share * rows_of_share * width + quad * 4;
        real window[GROUP][CHANNELS];
#pragma unroll
        for (int k = 0; k < GROUP - 1; k++)
#pragma unroll
            for (int c = 0; c < CHANNELS; c++) window[k][c] = from[k * depth + c];
        from += (GROUP - 1) * depth;
        for (unsigned row = 0; row < rows_of_share; row += GROUP) {
#pragma unroll
            for (int t = 0; t < GROUP; t++) {
                if (CHANNELS == 4) {
                    const real4 value = load4(from + (row + t) * depth);
                    window[(t + GROUP - 1) % GROUP][0] = value.x;
                    window[(t + GROUP - 1) % GROUP][1 % CHANNELS] = value.y;
                    window[(t + GROUP - 1) % GROUP][2 % CHANNELS] = value.z;
                    window[(t + GROUP - 1) % GROUP][3 % CHANNELS] = value.w;
                } else {
                    window[(t + GROUP - 1) % GROUP][0] = from[(row + t) * depth];
                }
                const real4 slope = load4(slope_at + (row + t) * width);
#pragma unroll
                for (int k = 0; k < GROUP; k++)
#pragma unroll
                    for (int c = 0; c < CHANNELS; c++) {
                        const real x = window[(t + k) % GROUP][c];
                        sums[k][c][0] = fused(x, slope.x, sums[k][c][0]);
                        sums[k][c][1] = fused(x, slope.y, sums[k][c][1]);
                        sums[k][c][2] = fused(x, slope.z, sums[k][c][2]);
                        sums[k][c][3] = fused(x, slope.w, sums[k][c][3]);
                    }
            }
        }
    }
    real* part = arena + a.parts + (unsigned long long)(blockIdx.x * shares + share) * a.taps * a.channels * a.planes;
    const unsigned plane = first_plane + quad * 4;
#pragma unroll
    for (int k = 0; k < GROUP; k++)
#pragma unroll
        for (int c = 0; c < CHANNELS; c++) {
            const unsigned channel = first_channel + place * CHANNELS + c;
            if (first_tap + k >= a.taps || channel >= a.channels || plane >= a.planes) continue;
            real4 value;
            value.x = sums[k][c][0];
            value.y = sums[k][c][1];
            value.z = sums[k][c][2];
            value.w = sums[k][c][3];
            store4(part + ((unsigned long long)(first_tap + k) * a.channels + channel) * a.planes + plane, value);
        }
}

KERNEL(convolve_gradient_1, 256, PARAMETERS, const GradientArguments a) { convolve_gradient<1, 4, 64>(PASSED, a); }
KERNEL(convolve_gradient_5, 256, PARAMETERS, const GradientArguments a) { convolve_gradient<5, 4, 60>(PASSED, a); }
KERNEL(convolve_gradient_15, 256, PARAMETERS, const GradientArguments a) { convolve_gradient<15, 1, 60>(PASSED, a); }
KERNEL(convolve_gradient_any, 256, PARAMETERS, const GradientArguments a) { convolve_gradient<4, 4, 64>(PASSED, a); }

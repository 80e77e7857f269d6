// Convolutions along time, as one product of overlapping rows: out[r][n] = sum over k and c of in[r - shift + k][c] weights[k][c][n], for
// the rows of all trials, which follow one another. Rows that reach into the next trial are not results, and are written as zeros.
//
// A block has a tile of rows and planes. A thread has 8 or 16 rows that follow one another and 4 planes, so a window of its input rows stays in
// registers while all taps of a channel pass: 18 to 32 multiply-adds for each read of 16 bytes of shared memory.
#include "norm.cuh"

// The rows of input that a block stages for `taps` taps, in whole vectors.
__device__ __forceinline__ unsigned staged_rows(unsigned rows, int taps) { return (rows + taps + 2) / 4 * 4 + 4; }

template <int ROWS, int GROUP, int CHUNK, int TAPS>
__device__ __forceinline__ void convolve(PARAMETERS, const ConvolutionArguments& a, const NormArguments& norm) {
    constexpr int WINDOW = (ROWS + GROUP - 1 + 3) / 4 * 4;
    SHARED(real, shared);
    ARENA;
    const unsigned thread = threadIdx.x, threads = blockDim.x, columns = a.columns;
    const unsigned column = thread % columns, group = thread / columns, groups = threads / columns;
    const unsigned block_rows = groups * ROWS, block_planes = columns * 4;
    const unsigned first_row = blockIdx.x * block_rows, first_plane = blockIdx.y * block_planes;
    const unsigned row_stride = staged_rows(block_rows, TAPS);
    real *us = shared, *ws = shared + CHUNK * row_stride;
    const real* rows = a.source == FROM_ARENA ? arena + a.input : (const real*)data_bytes + a.input;
    const unsigned* order = order_of(input, a.order_stride) + a.first_trial;
    const real* weights = arena + a.weights;
    real sums[ROWS][4];
#pragma unroll
    for (int m = 0; m < ROWS; m++) sums[m][0] = sums[m][1] = sums[m][2] = sums[m][3] = (real)0;
    for (unsigned tap = 0; tap < a.taps; tap += TAPS)
        for (unsigned channel = 0; channel < a.channels; channel += CHUNK) {
            __syncthreads();
            for (unsigned i = thread; i < (block_rows + TAPS - 1) * (CHUNK / 4); i += threads) {
                const unsigned quad = i % (CHUNK / 4) * 4, at = i / (CHUNK / 4), row = first_row + at + tap - a.shift;
                real4 value = four((real)0);
                // A row before the first has wrapped around.
                if (row < a.rows && channel + quad < a.channels) {
                    unsigned long long from = row;
                    if (a.source == FROM_ORDER) from = (unsigned long long)order[row / a.pitch] * a.pitch + row % a.pitch;
                    value = load4(rows + from * a.channels + channel + quad);
                }
                us[(quad + 0) * row_stride + at] = value.x;
                us[(quad + 1) * row_stride + at] = value.y;
                us[(quad + 2) * row_stride + at] = value.z;
                us[(quad + 3) * row_stride + at] = value.w;
            }
            const unsigned plane = first_plane + column * 4;
            for (unsigned rest = group; rest < TAPS * CHUNK; rest += groups) {
                const unsigned c = rest % CHUNK, k = rest / CHUNK;
                real4 value = four((real)0);
                if (tap + k < a.taps && channel + c < a.channels && plane < a.planes)
                    value = load4(weights + ((unsigned long long)(tap + k) * a.channels + channel + c) * a.planes + plane);
                store4(ws + rest * block_planes + column * 4, value);
            }
            __syncthreads();
            const unsigned present = least(CHUNK, a.channels - channel);
            for (unsigned c = 0; c < present; c++) {
#pragma unroll
                for (int first = 0; first < TAPS; first += GROUP) {
                    if (TAPS > GROUP && tap + first >= a.taps) break;
                    const real* from = us + c * row_stride + group * ROWS + first;
                    real window[WINDOW];
#pragma unroll
                    for (int i = 0; i < WINDOW; i += 4) {
                        const real4 value = load4(from + i);
                        window[i] = value.x;
                        window[i + 1] = value.y;
                        window[i + 2] = value.z;
                        window[i + 3] = value.w;
                    }
#pragma unroll
                    for (int k = 0; k < GROUP; k++) {
                        const real4 weight = load4(ws + ((first + k) * CHUNK + c) * block_planes + column * 4);
#pragma unroll
                        for (int m = 0; m < ROWS; m++) {
                            sums[m][0] = fused(window[m + k], weight.x, sums[m][0]);
                            sums[m][1] = fused(window[m + k], weight.y, sums[m][1]);
                            sums[m][2] = fused(window[m + k], weight.z, sums[m][2]);
                            sums[m][3] = fused(window[m + k], weight.w, sums[m][3]);
                        }
                    }
                }
            }
        }
    const unsigned plane = first_plane + column * 4;
    unsigned results_here = 0, result_bits = 0;
#pragma unroll
    for (int m = 0; m < ROWS; m++) {
        const unsigned row = first_row + group * ROWS + m;
        const bool is_result = row < a.rows && row % a.pitch - a.valid_first < a.valid_count;
        results_here += is_result;
        result_bits |= (unsigned)is_result << m;
        real4 value = four((real)0);
        if (is_result) {
            value.x = sums[m][0];
            value.y = sums[m][1];
            value.z = sums[m][2];
            value.w = sums[m][3];
        }
        if (row < a.rows && plane < a.planes) store4(arena + a.output + (unsigned long long)row * a.planes + plane, value);
    }
    if (norm.partial == NONE) return;
    // The block's moments: means first, then squares about them.
    real* counts = shared;
    real* totals = shared + groups;
    real mean[4] = {0, 0, 0, 0}, sum_of[4] = {0, 0, 0, 0}, count = (real)0;
    double* moments = moments_at(arena, norm, blockIdx.x);
    for (int pass = 0; pass < 2; pass++) {
        real own[4] = {0, 0, 0, 0};
#pragma unroll
        for (int m = 0; m < ROWS; m++)
            if (result_bits >> m & 1)
#pragma unroll
                for (int n = 0; n < 4; n++) {
                    const real distance = sums[m][n] - mean[n];
                    own[n] += pass == 0 ? sums[m][n] : distance * distance;
                }
        __syncthreads();
        if (column == 0) counts[group] = (real)results_here;
#pragma unroll
        for (int n = 0; n < 4; n++) totals[group * block_planes + column * 4 + n] = own[n];
        __syncthreads();
        count = (real)0;
        real total[4] = {0, 0, 0, 0};
        for (unsigned g = 0; g < groups; g++) {
            count += counts[g];
#pragma unroll
            for (int n = 0; n < 4; n++) total[n] += totals[g * block_planes + column * 4 + n];
        }
#pragma unroll
        for (int n = 0; n < 4; n++) {
            if (pass == 0) {
                sum_of[n] = total[n];
                mean[n] = count > (real)0 ? total[n] / count : (real)0;
            } else if (group == 0 && plane < a.planes) {
                moments[plane + n] = (double)sum_of[n];
                moments[norm.planes + plane + n] = (double)mean[n];
                moments[2 * norm.planes + plane + n] = (double)total[n];
            }
        }
    }
    if (thread == 0 && blockIdx.y == 0) moments[3 * norm.planes] = (double)count;
    finish_moments(arena, norm, shared);
}

// Rows of a thread, taps of its window, channels and taps that are staged together.
KERNEL(convolve_1, 256, PARAMETERS, const ConvolutionArguments a, const NormArguments norm) { convolve<8, 1, 16, 1>(PASSED, a, norm); }
KERNEL(convolve_5, 256, PARAMETERS, const ConvolutionArguments a, const NormArguments norm) { convolve<8, 5, 16, 5>(PASSED, a, norm); }
KERNEL(convolve_5_long, 256, PARAMETERS, const ConvolutionArguments a, const NormArguments norm) { convolve<16, 5, 16, 5>(PASSED, a, norm); }
KERNEL(convolve_15, 128, PARAMETERS, const ConvolutionArguments a, const NormArguments norm) { convolve<8, 15, 8, 15>(PASSED, a, norm); }
KERNEL(convolve_any, 256, PARAMETERS, const ConvolutionArguments a, const NormArguments norm) { convolve<8, 4, 8, 16>(PASSED, a, norm); }

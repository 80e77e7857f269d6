// What is known of each trial before any weights: its lag sums. Trials are [time, channel], channels padded to a multiple of 4.
//
// The first batch normalisation of EEGNet needs mean and variance of every filter's output over all channels. With x the padded trial, the
// output at t is the sum over k of w[k] x[t + k]; so the mean is w' S, and the mean square is w' R w, where S[k] is the sum over channels and
// t of x[t + k], and R[k][l] that of x[t + k] x[t + l]. Sums over trials give those of a batch, whatever the weights.
#include "common.cuh"

// Where R[k][k + lag] stands among a trial's lag sums, behind S.
__device__ __forceinline__ unsigned long long pair_at(unsigned taps, unsigned k, unsigned l) {
    return k < l ? (unsigned long long)l * (l + 1) / 2 + k + taps : (unsigned long long)k * (k + 1) / 2 + l + taps;
}
__device__ __forceinline__ unsigned long long lag_sums(unsigned taps) { return taps + (unsigned long long)taps * (taps + 1) / 2; }

// One block a trial. A thread has a lag, and goes down its diagonal: the sum from k + 1 on is that from k on, less the first term, and with
// one term more.
KERNEL(lag_trials, 128, PARAMETERS, const DataArguments a) {
    const real* x = (const real*)data_bytes + a.laid + (unsigned long long)blockIdx.x * a.time * a.padded;
    double* out = doubles((real*)data_bytes, a.lags) + blockIdx.x * lag_sums(a.taps);
    // Samples of the padded trial are numbered from its first zero; those of the trial itself from `before` on.
    const unsigned terms = a.out_time, begin = a.before, end = a.before + a.time;
    for (unsigned lag = threadIdx.x; lag < a.taps; lag += blockDim.x) {
        double products = 0.0, sum = 0.0;
        for (unsigned channel = 0; channel < a.channels; channel++)
            for (unsigned t = begin; t < end && t < terms; t++) {
                const double value = (double)x[(t - begin) * a.padded + channel];
                if (t + lag < end) products = fused(value, (double)x[(t + lag - begin) * a.padded + channel], products);
                if (lag == 0) sum += value;
            }
        for (unsigned k = 0; k + lag < a.taps; k++) {
            out[pair_at(a.taps, k, k + lag)] = products;
            if (lag == 0) out[k] = sum;
            for (unsigned channel = 0; channel < a.channels; channel++) {
                const unsigned gone = k, come = k + terms;
                const bool is_gone = gone >= begin && gone < end, is_come = come >= begin && come < end;
                const double first = is_gone ? (double)x[(gone - begin) * a.padded + channel] : 0.0;
                const double last = is_come ? (double)x[(come - begin) * a.padded + channel] : 0.0;
                if (is_gone && gone + lag < end) products -= first * (double)x[(gone + lag - begin) * a.padded + channel];
                if (is_come && come + lag < end) products += last * (double)x[(come + lag - begin) * a.padded + channel];
                if (lag == 0) sum += last - first;
            }
        }
    }
}

// The lag sums of every batch of an epoch: grid (entries / 64, batches). Four threads share the trials of an entry.
KERNEL(lag_batches, 256, PARAMETERS, const DataArguments a) {
    SHARED(double, shared);
    ARENA;
    const unsigned long long entries = lag_sums(a.taps), entry = (unsigned long long)blockIdx.x * 64 + threadIdx.x % 64;
    const unsigned share = threadIdx.x / 64, first = blockIdx.y * a.batch, trials = least(a.batch, a.trials - first);
    const unsigned* order = order_of(input, a.order_stride) + first;
    double sum = 0.0;
    if (entry < entries)
        for (unsigned i = share; i < trials; i += 4) sum += doubles((const real*)data_bytes, a.lags)[order[i] * entries + entry];
    shared[threadIdx.x] = sum;
    __syncthreads();
    if (share != 0 || entry >= entries) return;
    doubles(arena, a.batch_lags)[blockIdx.y * entries + entry] = (sum + shared[threadIdx.x + 64]) + (shared[threadIdx.x + 128] + shared[threadIdx.x + 192]);
}

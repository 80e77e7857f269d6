// What all kernels share: the number type, arithmetic that gives the same bits everywhere, random masks, and sums over a grid.
#pragma once
#include "device.cuh"
#include "arguments.cuh"

// Tests compile the kernels with `double` here, for finite differences.
#ifndef REAL
#define REAL float
#endif
typedef REAL real;

#ifdef EMULATION
struct alignas(4 * sizeof(REAL)) real4 { real x, y, z, w; };
inline int bits_of(float x) { int bits; memcpy(&bits, &x, 4); return bits; }
inline float float_of(int bits) { float x; memcpy(&x, &bits, 4); return x; }
inline long long bits_of(double x) { long long bits; memcpy(&bits, &x, 8); return bits; }
inline double double_of(long long bits) { double x; memcpy(&x, &bits, 8); return x; }
inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
// The number of blocks that came before, modulo `blocks`.
inline unsigned arrive(unsigned* counter, unsigned blocks) {
    const unsigned before = __atomic_fetch_add(counter, 1u, __ATOMIC_ACQ_REL);
    if (before + 1 == blocks) __atomic_store_n(counter, 0u, __ATOMIC_RELEASE);
    return before;
}
#else
typedef float4 real4;
__device__ __forceinline__ int bits_of(float x) { return __float_as_int(x); }
__device__ __forceinline__ float float_of(int bits) { return __int_as_float(bits); }
__device__ __forceinline__ long long bits_of(double x) { return __double_as_longlong(x); }
__device__ __forceinline__ double double_of(long long bits) { return __longlong_as_double(bits); }
__device__ __forceinline__ float fused(float a, float b, float c) { return fmaf(a, b, c); }
__device__ __forceinline__ double fused(double a, double b, double c) { return fma(a, b, c); }
__device__ __forceinline__ unsigned arrive(unsigned* counter, unsigned blocks) {
    __threadfence();
    const unsigned before = atomicInc(counter, blocks - 1);
    __threadfence();
    return before;
}
#endif

// Every kernel's first parameters. Offsets into a member's arena and into the data set count numbers of type `real`; doubles take two.
#define PARAMETERS                                                                                                         \
    unsigned char *arenas, unsigned long long stride, unsigned char *data_bytes, const Member *members, const unsigned *input, \
        unsigned char *results
#define PASSED arenas, stride, data_bytes, members, input, results

#define NONE 0xffffffffu

__device__ __forceinline__ real* arena_of(unsigned char* arenas, unsigned long long stride) {
    return (real*)(arenas + stride * blockIdx.z);
}
#define ARENA real* const arena = arena_of(arenas, stride)
#define DATA const real* const data = (const real*)data_bytes

__device__ __forceinline__ double* doubles(real* arena, unsigned offset) { return (double*)(arena + offset); }
__device__ __forceinline__ const double* doubles(const real* data, unsigned offset) { return (const double*)(data + offset); }
__device__ __forceinline__ unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }
__device__ __forceinline__ real4 load4(const real* from) { return *(const real4*)from; }
__device__ __forceinline__ void store4(real* to, real4 value) { *(real4*)to = value; }
__device__ __forceinline__ real4 four(real x) {
    real4 value;
    value.x = value.y = value.z = value.w = x;
    return value;
}
__device__ __forceinline__ bool is_finite(double x) { return x * 0.0 == 0.0; }

// What a member's input begins with: the epoch's number; its order of trials follows.
__device__ __forceinline__ unsigned epoch_of(const unsigned* input, unsigned order_stride) {
    return input[(unsigned long long)order_stride * blockIdx.z];
}
__device__ __forceinline__ const unsigned* order_of(const unsigned* input, unsigned order_stride) {
    return input + (unsigned long long)order_stride * blockIdx.z + INPUT_HEADER;
}

__device__ __forceinline__ Progress* progress_of(real* arena, unsigned offset) { return (Progress*)(arena + offset); }

// exp(x) = 2^n (1 + p) for x at most 0: the polynomial and the two-part ln 2 of Cephes' expf, as on the processor.
__device__ __forceinline__ void exponential_parts(float x, float& scale, float& fraction) {
    x = x <= -87.0f ? -87.0f : x;
    const float shifted = x * 1.44269502f + 12582912.0f, n = shifted - 12582912.0f;
    const float r = fused(n, 2.12194440e-4f, fused(n, -0.693359375f, x));
    float p = 1.9875691e-4f;
    p = fused(p, r, 1.3981999e-3f);
    p = fused(p, r, 8.3334519e-3f);
    p = fused(p, r, 4.1665796e-2f);
    p = fused(p, r, 1.6666665e-1f);
    p = fused(p, r, 0.5f);
    scale = float_of((int)((unsigned)(bits_of(shifted) - 0x4B400000 + 127) << 23));
    fraction = fused(p, r * r, r);
}

// exp of a double (FreeBSD's e_exp.c, without its flags).
__device__ inline double exponential(double x) {
    if (!(x >= -745.0)) return x < -745.0 ? 0.0 : x;
    if (x > 709.0) return double_of(0x7ff0000000000000LL);
    const double shifted = x * 1.44269504088896338700e+00 + 6755399441055744.0, k = shifted - 6755399441055744.0;
    const double high = fused(k, -6.93147180369123816490e-01, x), low = k * 1.90821492927058770002e-10, r = high - low, t = r * r;
    double p = 4.13813679705723846039e-08;
    p = fused(p, t, -1.65339022054652515390e-06);
    p = fused(p, t, 6.61375632143793436117e-05);
    p = fused(p, t, -2.77777777770155933842e-03);
    p = fused(p, t, 1.66666666666666019037e-01);
    const double c = r - t * p, y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    const int n = (int)k, half = n / 2;
    return y * double_of((long long)(1023 + half) << 52) * double_of((long long)(1023 + n - half) << 52);
}

// log of a normal positive double (FreeBSD's e_log.c).
__device__ inline double logarithm(double x) {
    if (!(x > 0.0) || !is_finite(x)) return x > 0.0 ? x : x == 0.0 ? double_of((long long)0xfff0000000000000ULL) : double_of(0x7ff8000000000000LL);
    long long bits = bits_of(x) + (0x3ff0000000000000LL - 0x3fe6a09e00000000LL);
    const double k = (double)((int)(bits >> 52) - 1023);
    const double f = double_of((bits & 0x000fffffffffffffLL) + 0x3fe6a09e00000000LL) - 1.0;
    const double s = f / (2.0 + f), z = s * s, w = z * z;
    const double t1 = w * fused(w, fused(w, 1.531383769920937332e-01, 2.222219843214978396e-01), 3.999999999940941908e-01);
    const double t2 = z * fused(w, fused(w, fused(w, 1.479819860511658591e-01, 1.818357216161805012e-01), 2.857142874366239149e-01), 6.666666666666735130e-01);
    const double half = 0.5 * f * f, r = t1 + t2;
    return k * 6.93147180369123816490e-01 - ((half - (s * (half + r) + k * 1.90821492927058770002e-10)) - f);
}

__device__ __forceinline__ void exponential_parts(double x, double& scale, double& fraction) {
    scale = 1.0;
    fraction = exponential(x) - 1.0;
}

// Activation functions. The slope at exactly 0 is that of the negative side; NaN stays NaN.
struct Activation {
    unsigned kind;
    real parameter;
};
__device__ __forceinline__ Activation activation_of(const Member& member) {
    Activation activation;
    activation.kind = member.activation;
    activation.parameter = (real)member.activation_parameter;
    return activation;
}
__device__ __forceinline__ real activated(const Activation& f, real x) {
    if (!(x <= (real)0)) return x;
    if (f.kind == RELU) return (real)0;
    if (f.kind == LEAKY_RELU) return x * f.parameter;
    real scale, fraction;
    exponential_parts(x, scale, fraction);
    return fused(scale, fraction, scale - (real)1) * f.parameter;
}
__device__ __forceinline__ real slope_of(const Activation& f, real x) {
    if (!(x <= (real)0)) return (real)1;
    if (f.kind == RELU) return (real)0;
    if (f.kind == LEAKY_RELU) return f.parameter;
    real scale, fraction;
    exponential_parts(x, scale, fraction);
    return fused(scale, fraction, scale) * f.parameter;
}
// A number with the order of the values: x itself unless the function falls somewhere.
__device__ __forceinline__ real rank_of(const Activation& f, real x) {
    return f.kind == RELU || f.parameter >= (real)0 ? x : activated(f, x);
}

// Philox 4x32-10, the streams of sweep-random: the block of the counter (c0, c1, c2, c3).
__device__ __forceinline__ void philox(unsigned k0, unsigned k1, unsigned c0, unsigned c1, unsigned c2, unsigned c3, unsigned out[4]) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const unsigned long long p0 = (unsigned long long)0xD2511F53u * c0, p1 = (unsigned long long)0xCD9E8D57u * c2;
        c0 = (unsigned)(p1 >> 32) ^ c1 ^ k0;
        c1 = (unsigned)p1;
        c2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
        c3 = (unsigned)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

// The masks of one dropout layer in one step.
struct Dropout {
    unsigned threshold, seed_low, seed_high, layer, epoch, step;
    real scale;
};
__device__ __forceinline__ Dropout dropout_of(const Member& member, unsigned layer, unsigned epoch, unsigned step) {
    Dropout dropout;
    dropout.threshold = member.dropout_threshold;
    dropout.seed_low = member.seed_low;
    dropout.seed_high = member.seed_high;
    dropout.layer = layer;
    dropout.epoch = epoch;
    dropout.step = step;
    dropout.scale = (real)65536 / (real)(65536 - member.dropout_threshold);
    return dropout;
}
// The factors of four elements from `element` on, a multiple of 4.
__device__ __forceinline__ real4 dropout_factors(const Dropout& d, unsigned element) {
    unsigned words[4];
    philox(d.seed_low, d.seed_high, element / 8, d.step, d.epoch, 3u | d.layer << 8, words);
    const unsigned low = element % 8 ? words[2] : words[0], high = element % 8 ? words[3] : words[1];
    real4 factors;
    factors.x = (low & 0xffffu) >= d.threshold ? d.scale : (real)0;
    factors.y = low >> 16 >= d.threshold ? d.scale : (real)0;
    factors.z = (high & 0xffffu) >= d.threshold ? d.scale : (real)0;
    factors.w = high >> 16 >= d.threshold ? d.scale : (real)0;
    return factors;
}

// Whether this is the last of the member's blocks to come here; what the others wrote before is then visible. All threads call it.
__device__ __forceinline__ bool is_last_block(unsigned* counter, unsigned blocks, void* shared) {
    unsigned* flag = (unsigned*)shared;
    // One thread's fences hold for all threads of the block, by the barriers around them.
    __syncthreads();
    if (threadIdx.x == 0) *flag = arrive(counter, blocks) + 1 == blocks;
    __syncthreads();
    const bool is_last = *flag != 0;
    __syncthreads();
    return is_last;
}

// The sum of a double over the block's threads, in a fixed order, for all of them. `shared` holds a double a thread.
__device__ inline double block_sum(double value, double* shared) {
    __syncthreads();
    shared[threadIdx.x] = value;
    __syncthreads();
    for (unsigned count = blockDim.x; count > 1;) {
        const unsigned half = (count + 1) / 2;
        if (threadIdx.x < count - half) shared[threadIdx.x] += shared[threadIdx.x + half];
        __syncthreads();
        count = half;
    }
    const double sum = shared[0];
    __syncthreads();
    return sum;
}

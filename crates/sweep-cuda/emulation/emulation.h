// What a kernel sees when it is compiled as C++: the types, indices, barriers and intrinsics of CUDA, on the processor.
//
// The kernels are the same sources that NVRTC compiles. A thread of a block is a fiber (fibers.cpp), blocks run one after another, and
// the fake driver (driver.cpp) finds kernels by the names that KERNEL registers. Only what our kernels need is here; functions whose last
// bit differs between a GPU and this processor are refused by the compiler.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <vector>

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x = 1, y = 1, z = 1; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) double2 { double x, y; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

namespace emulation {

// A thread of the running block.
struct Fiber {
    uint3 index;
    unsigned number;
    void* stack_pointer;
    enum State : unsigned char { Ready, AtBarrier, InWarp, Ended } state;
    const char* file;
    int line;
    unsigned warp_steps, barriers;  // that it has passed
    const char* barrier_file;       // the last of them
    int barrier_line;
};

// The running block.
struct Block {
    uint3 index;
    dim3 grid, size;
    void* shared;
    size_t shared_bytes;
};

// Of the thread of the program that runs the kernel.
extern __thread Fiber* fiber __attribute__((tls_model("initial-exec")));
extern __thread Block* block __attribute__((tls_model("initial-exec")));

// Waits until every thread of the block has come to this line.
void barrier(const char* file, int line);
// Waits until every lane of the warp has come to this line; the lanes' values and their number.
const uint64_t* exchange(uint64_t value, unsigned* lanes, const char* file, int line);
// Ends the kernel with an error.
[[noreturn]] void fail(const char* what, const char* file, int line);

template <class T>
inline T shuffle(T value, unsigned from, const char* file, int line) {
    static_assert(sizeof(T) <= 8);
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    unsigned lanes;
    const uint64_t* all = exchange(bits, &lanes, file, line);
    if (from < lanes) memcpy(&value, &all[from], sizeof value);
    return value;
}

inline unsigned ballot(bool predicate, const char* file, int line) {
    unsigned lanes, bits = 0;
    const uint64_t* all = exchange(predicate, &lanes, file, line);
    for (unsigned lane = 0; lane < lanes; lane++) bits |= unsigned(all[lane]) << lane;
    return bits;
}

// A kernel that has been given its arguments: runs one thread.
using Thread = std::function<void()>;

// What the fake driver knows of a kernel.
struct Kernel {
    unsigned threads;
    std::vector<size_t> parameters;  // their sizes
    std::function<Thread(void**)> bind;
};

void add_kernel(const char* name, Kernel kernel);

template <class... P>
struct Registration {
    Registration(const char* name, unsigned threads, void (*kernel)(P...)) {
        add_kernel(name, {threads, {sizeof(P)...}, [kernel](void** arguments) { return bind(kernel, arguments, std::index_sequence_for<P...>()); }});
    }
    template <size_t... I>
    static Thread bind(void (*kernel)(P...), void** arguments, std::index_sequence<I...>) {
        std::tuple<P...> values{load<P>(arguments[I])...};
        return [kernel, values] { std::apply(kernel, values); };
    }
    template <class T>
    static T load(const void* argument) {
        T value;
        memcpy((void*)&value, argument, sizeof value);
        return value;
    }
};

}  // namespace emulation

#define KERNEL(name, threads, ...)                                                       \
    extern "C" void name(__VA_ARGS__);                                                   \
    static emulation::Registration name##_registration(#name, threads, name);            \
    extern "C" void name(__VA_ARGS__)
#define SHARED(type, name) type* name = (type*)emulation::block->shared

#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __restrict__ __restrict
#define __align__(n) alignas(n)

#define threadIdx (emulation::fiber->index)
#define blockIdx (emulation::block->index)
#define blockDim (emulation::block->size)
#define gridDim (emulation::block->grid)
#define warpSize 32

#define __syncthreads() emulation::barrier(__FILE__, __LINE__)
#define __syncwarp(...) ((void)emulation::ballot(false, __FILE__, __LINE__))
#define __shfl_sync(mask, value, from) emulation::shuffle(value, (from) % 32, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, bits) emulation::shuffle(value, (emulation::fiber->number % 32) ^ (bits), __FILE__, __LINE__)
#define __shfl_down_sync(mask, value, by) emulation::shuffle(value, (emulation::fiber->number % 32) + (by), __FILE__, __LINE__)
#define __shfl_up_sync(mask, value, by) emulation::shuffle(value, (emulation::fiber->number % 32) - (by), __FILE__, __LINE__)
#define __ballot_sync(mask, predicate) emulation::ballot(predicate, __FILE__, __LINE__)
#define __any_sync(mask, predicate) (emulation::ballot(predicate, __FILE__, __LINE__) != 0)
#define __all_sync(mask, predicate) (emulation::ballot(!(predicate), __FILE__, __LINE__) == 0)
#define __threadfence() ((void)0)
#define __threadfence_block() ((void)0)

template <class T> inline T __ldg(const T* at) { return *at; }

// Threads give way at barriers and shuffles only, so a plain operation is atomic. There is none for floats: sums must not depend on an order.
#define ATOMIC inline __attribute__((no_sanitize("thread")))
template <class T, class U> ATOMIC T atomicAdd(T* at, U value) {
    static_assert(std::is_integral<T>::value, "sums of floats must not depend on the order of threads");
    T before = *at; *at = T(before + value); return before;
}
template <class T, class U> ATOMIC T atomicMin(T* at, U value) { T before = *at; if (T(value) < before) *at = T(value); return before; }
template <class T, class U> ATOMIC T atomicMax(T* at, U value) { T before = *at; if (before < T(value)) *at = T(value); return before; }
template <class T, class U> ATOMIC T atomicOr(T* at, U value) { T before = *at; *at = T(before | T(value)); return before; }
template <class T, class U, class V> ATOMIC T atomicCAS(T* at, U expected, V value) { T before = *at; if (before == T(expected)) *at = T(value); return before; }

namespace emulation {
template <class To, class From> inline To as(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
}  // namespace emulation
inline float __int_as_float(int bits) { return emulation::as<float>(bits); }
inline float __uint_as_float(unsigned bits) { return emulation::as<float>(bits); }
inline int __float_as_int(float value) { return emulation::as<int>(value); }
inline unsigned __float_as_uint(float value) { return emulation::as<unsigned>(value); }
inline double __longlong_as_double(long long bits) { return emulation::as<double>(bits); }
inline long long __double_as_longlong(double value) { return emulation::as<long long>(value); }
inline unsigned __umulhi(unsigned a, unsigned b) { return uint64_t(a) * b >> 32; }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __clz(int bits) { return bits == 0 ? 32 : __builtin_clz(unsigned(bits)); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
// As the device does: what is not representable becomes the nearest number, NaN becomes 0.
inline int __float2int_rn(float a) { return std::isnan(a) ? 0 : a >= 2147483648.0f ? INT32_MAX : a <= -2147483648.0f ? INT32_MIN : int(rintf(a)); }
inline int __float2int_rz(float a) { return std::isnan(a) ? 0 : a >= 2147483648.0f ? INT32_MAX : a <= -2147483648.0f ? INT32_MIN : int(a); }
inline float __int2float_rn(int a) { return float(a); }
inline float __uint2float_rn(unsigned a) { return float(a); }
inline float __double2float_rn(double a) { return float(a); }

using std::isfinite;
using std::isinf;
using std::isnan;
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
inline long long min(long long a, long long b) { return a < b ? a : b; }
inline long long max(long long a, long long b) { return a > b ? a : b; }
inline unsigned long long min(unsigned long long a, unsigned long long b) { return a < b ? a : b; }
inline unsigned long long max(unsigned long long a, unsigned long long b) { return a > b ? a : b; }

// Their bits differ between processors: kernels have their own.
#define expf use_the_exponential_of_the_kernels
#define logf use_the_logarithm_of_the_kernels
#define expm1f use_the_exponential_of_the_kernels
#define log1pf use_the_logarithm_of_the_kernels
#define powf use_functions_of_the_kernels
#define tanhf use_functions_of_the_kernels
#define __expf use_the_exponential_of_the_kernels
#define __logf use_the_logarithm_of_the_kernels
#define __fdividef use_the_division_of_ieee
#define rsqrtf use_the_root_of_ieee
#define __shared__ use_SHARED_instead

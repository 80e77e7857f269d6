// Kernels of the tests of the executor: a training of a few numbers, and every mistake that the emulation must find.
#include "device.cuh"

// What a member differs in.
struct Member {
    unsigned seed;
    float rate;
};

// A step of the toy training: each number moves towards a value that depends on the trial, the seed and the number.
KERNEL(toy_step, 64, float* arena, unsigned long long stride, const Member* members, const unsigned* orders, int trials, int step, int count) {
    float* state = (float*)((char*)arena + blockIdx.z * stride);
    const Member member = members[blockIdx.z];
    const unsigned trial = orders[blockIdx.z * trials + step];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float target = (float)((trial * 7u + member.seed + (unsigned)i) % 13u);
    state[i] = fmaf(member.rate, target - state[i], state[i]);
}

// The sum of a member's state, by shuffles and shared memory.
KERNEL(toy_sum, 64, const float* arena, unsigned long long stride, int count, double* sums) {
    SHARED(float, parts);
    const float* state = (const float*)((const char*)arena + blockIdx.z * stride);
    float sum = 0.0f;
    for (int i = threadIdx.x; i < count; i += blockDim.x) sum += state[i];
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x == 0) sums[blockIdx.z] = (double)parts[0] + (double)parts[1];
}

// Doubles what a data set holds.
KERNEL(toy_upload, 64, float* data, int count) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) data[i] *= 2.0f;
}

// The sum, with the barrier taken out: thread 0 may read a part that is not there yet.
KERNEL(missing_barrier, 64, const float* in, float* out) {
    SHARED(float, parts);
    parts[threadIdx.x] = in[threadIdx.x];
    if (threadIdx.x == 0) out[0] = parts[63];
}

// Half of the threads wait, and the others end.
KERNEL(half_a_barrier, 64, float* out) {
    if (threadIdx.x < 32) __syncthreads();
    out[threadIdx.x] = 1.0f;
}

// Each half waits at a barrier of its own.
KERNEL(two_barriers, 64, float* out) {
    if (threadIdx.x < 32) {
        __syncthreads();
    } else {
        __syncthreads();
    }
    out[threadIdx.x] = 1.0f;
}

// Lanes of a warp shuffle at different places.
KERNEL(divergent_shuffle, 64, float* out) {
    float value = 1.0f;
    if (threadIdx.x % 2 == 0) {
        value = __shfl_xor_sync(0xffffffffu, value, 2);
    } else {
        value = __shfl_xor_sync(0xffffffffu, value, 4);
    }
    out[threadIdx.x] = value;
}

// Writes a number `at` floats into an allocation.
KERNEL(write_at, 64, float* out, long long at) {
    if (threadIdx.x == 0) out[at] = 1.0f;
}

// Writes a number `at` floats into the shared memory.
KERNEL(write_shared, 64, float* out, int at) {
    SHARED(float, parts);
    parts[at + threadIdx.x] = 1.0f;
    out[threadIdx.x] = parts[at + threadIdx.x];
}

// Copies shared memory that nobody has written.
KERNEL(read_shared, 64, float* out) {
    SHARED(float, parts);
    out[threadIdx.x] = parts[threadIdx.x];
}

// Kernels that measure what a device can do at most.
#include "device.cuh"

// Copies `count` quadruples of floats.
KERNEL(ceiling_copy, 256, const float4* from, float4* to, unsigned count) {
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) to[i] = from[i];
}

// 16 independent chains of fused multiply-adds in each thread, `rounds` links each.
KERNEL(ceiling_multiply_add, 256, float* out, float factor, int rounds) {
    float sums[16];
    for (int i = 0; i < 16; i++) sums[i] = (float)(threadIdx.x + i);
    for (int round = 0; round < rounds; round++) {
#pragma unroll
        for (int i = 0; i < 16; i++) sums[i] = fmaf(sums[i], factor, 0.5f);
    }
    float sum = 0.0f;
    for (int i = 0; i < 16; i++) sum += sums[i];
    out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

// Nothing but a launch.
KERNEL(ceiling_nothing, 32, float* out) {
    if (threadIdx.x == 0) out[0] += 1.0f;
}

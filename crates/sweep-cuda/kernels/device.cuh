// What every kernel is written with, on the device and in the emulation. Each .cu includes this first.
//   KERNEL(name, threads, parameters...) { ... }   a kernel, for blocks of at most `threads` threads
//   SHARED(type, name);                            the block's shared memory, `shared_bytes` of the launch
#pragma once
#ifdef EMULATION
#include "../emulation/emulation.h"
#else
#define KERNEL(name, threads, ...) extern "C" __global__ void __launch_bounds__(threads) name(__VA_ARGS__)
#define SHARED(type, name)                                   \
    extern __shared__ __align__(16) unsigned char shared_[]; \
    type* name = (type*)shared_
#endif

// The scheduler of the emulation, as the fake driver uses it.
#pragma once
#include <map>
#include <string>
#include "emulation.h"

namespace emulation {

// In which order ready threads, and blocks, take their turns.
enum Order { Ascending, Descending, Shuffled };

struct Failure {
    bool failed = false;
    bool bad_access = false;  // beyond an allocation; otherwise a mistake in the use of barriers
    std::string message;
};

const Kernel* find_kernel(const std::string& name);

// Runs all blocks of a kernel; stops at the first mistake.
Failure run(const std::string& name, const Thread& thread, dim3 grid, dim3 size, size_t shared_bytes, Order order);

}  // namespace emulation

// The check of accesses to memory, as the scheduler uses it.
#pragma once
#include "emulation.h"

namespace emulation {

// Forgets the accesses of the block before.
void begin_race_check(size_t shared_bytes);
// Whether an address is of the running thread's own stack.
bool is_on_stack(const void* at);

}  // namespace emulation

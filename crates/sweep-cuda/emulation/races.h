// The check of accesses to shared memory, as the scheduler uses it.
#pragma once
#include "emulation.h"

namespace emulation {

// Forgets the accesses of the block before.
void begin_race_check(size_t shared_bytes);

}  // namespace emulation

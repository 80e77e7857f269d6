// Runs one kernel on host memory: what tests of the plan need of the emulation.
#include "fibers.h"
#include <cstdio>

// 0, or 1 with words in `message`.
extern "C" __attribute__((visibility("default"))) int emulated_launch(const char* name, const unsigned* grid, const unsigned* block, unsigned shared_bytes, void** arguments,
                                                                      const size_t* sizes, size_t count, int order, char* message, size_t room) {
    const emulation::Kernel* kernel = emulation::find_kernel(name);
    if (!kernel) return snprintf(message, room, "no kernel is called %s", name), 1;
    if (kernel->parameters != std::vector<size_t>(sizes, sizes + count)) return snprintf(message, room, "%s has other parameters", name), 1;
    if (block[0] * block[1] * block[2] > kernel->threads) return snprintf(message, room, "%s has too many threads", name), 1;
    const emulation::Failure failure = emulation::run(name, kernel->bind(arguments), {grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}, shared_bytes, emulation::Order(order));
    if (!failure.failed) return 0;
    return snprintf(message, room, "%s: %s", name, failure.message.c_str()), 1;
}

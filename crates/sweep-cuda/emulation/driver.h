// Devices and memory of the fake driver, and what tests can set.
#pragma once
#include <atomic>
#include <mutex>
#include <thread>
#include "fibers.h"

namespace fake {

enum Code {
    SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_CONTEXT = 201, NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218, UNSUPPORTED_PTX_VERSION = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700,
    LAUNCH_OUT_OF_RESOURCES = 701, LAUNCH_FAILED = 719, STREAM_CAPTURE_UNSUPPORTED = 900, CAPTURED_EVENT = 907,
};
const char* error_name(int code);

struct Device;

// Notes what is wrong with a call on a device, for people and for tests, and gives the code back.
int refuse(const Device* device, int code, const std::string& message);

// Allocations between pages that must not be touched. What is freed is never handed out again, so it is found when it is used.
class Memory {
public:
    bool allocate(char** at, size_t bytes);
    int release(const Device* owner, char* at);
    // Whether all these bytes lie in one allocation.
    bool holds(const char* at, size_t bytes);
    // Whether something was written around an allocation.
    bool is_damaged(std::string* what);
    // What can be allocated.
    virtual size_t memory() { return SIZE_MAX; }
    virtual ~Memory() = default;
    std::mutex lock;
    size_t memory_in_use = 0;

private:
    struct Allocation { size_t bytes; char* pages; size_t length; };
    bool is_damaged(const char* at, const Allocation& allocation, std::string* what);
    std::map<const char*, Allocation> allocations;
};

// Page-locked memory of the host.
Memory& host_memory();

struct Device : Memory {
    int index = 0;
    std::atomic<int> error{SUCCESS};  // stays, as that of a real context does
    std::atomic<int> users{0};  // of the primary context, which the first makes and the last ends
    std::atomic<uint64_t> launches{0}, copies{0}, graphs{0}, contexts{0};
    size_t total_memory();
    size_t memory() override;
    emulation::Order order();
    // Counts a launch; whether the device is lost at it.
    bool loses_launch();
};
std::vector<Device>& devices();

// A setting of a device: what the test set, else the entry of the environment variable FAKE_CUDA_<key>, a comma-separated list of which
// the last entry holds for all further devices.
std::string setting(int device, const char* key, const char* otherwise);
double number_setting(int device, const char* key, double otherwise);

// The kernels of a PTX file, with the sizes of their parameters.
std::map<std::string, std::vector<size_t>> entries_of(const char* ptx);

}  // namespace fake

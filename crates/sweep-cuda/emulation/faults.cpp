// What tests set and read of the fake driver.
//
//   FAKE_CUDA_DEVICES=2           devices, 1 if not set; 0: a driver that finds none
//   FAKE_CUDA_NAME=...            their name
//   FAKE_CUDA_MEMORY=1000000      bytes of each
//   FAKE_CUDA_TAKEN=1000000       bytes that are reported as free and cannot be had
//   FAKE_CUDA_HOST_MEMORY=1000000 bytes of page-locked memory for a process
//   FAKE_CUDA_CAPABILITY=5.2      compute capability
//   FAKE_CUDA_VERSION=11080       CUDA version of the driver
//   FAKE_CUDA_INIT=999            what cuInit answers; FAKE_CUDA_CONTEXT=46: what a context answers
//   FAKE_CUDA_SILENT=999          what a device answers if it is asked for its name
//   FAKE_CUDA_LOST_AFTER=100      the launch after so many fails, and so does every call after it
//   FAKE_CUDA_LOST_ONCE=path      loses a device only if this file does not exist, and makes it
//   FAKE_CUDA_EAGER=1             runs work when it is put on a stream, and not when somebody waits for it
//   FAKE_CUDA_ORDER=shuffled      order of threads and blocks: ascending, descending or shuffled
//
// A comma-separated list names a value for each device. A test in the same process calls the functions below instead.
#include "driver.h"
#include <cstdio>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace fake {

static std::mutex settings_lock;
static std::map<std::pair<int, std::string>, std::string>& overrides() {
    static std::map<std::pair<int, std::string>, std::string> all;
    return all;
}
static std::map<int, std::string>& last_messages() {
    static std::map<int, std::string> messages;
    return messages;
}

std::string setting(int device, const char* key, const char* otherwise) {
    std::lock_guard<std::mutex> lock(settings_lock);
    auto set = overrides().find({device, key});
    if (set != overrides().end()) return set->second;
    const char* all = getenv((std::string("FAKE_CUDA_") + key).c_str());
    if (!all) return otherwise;
    for (int i = 0; i < device; i++) {
        const char* comma = strchr(all, ',');
        if (!comma) break;
        all = comma + 1;
    }
    return std::string(all, strcspn(all, ","));
}

double number_setting(int device, const char* key, double otherwise) {
    std::string text = setting(device, key, "");
    return text.empty() ? otherwise : atof(text.c_str());
}

int refuse(const Device* device, int code, const std::string& message) {
    std::lock_guard<std::mutex> lock(settings_lock);
    last_messages()[device ? device->index : -1] = message;
    fprintf(stderr, "fake driver: %s\n", message.c_str());
    return code;
}

std::vector<Device>& devices() {
    static std::vector<Device> all(size_t(number_setting(0, "DEVICES", 1)));
    static std::once_flag numbered;
    std::call_once(numbered, [] { for (size_t i = 0; i < all.size(); i++) all[i].index = int(i); });
    return all;
}

Memory& host_memory() {
    struct HostMemory : Memory {
        size_t memory() override {
            double bytes = number_setting(0, "HOST_MEMORY", -1);
            return bytes < 0 ? SIZE_MAX : size_t(bytes);
        }
    };
    static HostMemory memory;
    return memory;
}

size_t Device::total_memory() { return size_t(number_setting(index, "MEMORY", 4.0 * (1u << 30))); }

size_t Device::memory() { return total_memory() - std::min(total_memory(), size_t(number_setting(index, "TAKEN", 0))); }

emulation::Order Device::order() {
    std::string order = setting(index, "ORDER", "ascending");
    return order == "descending" ? emulation::Descending : order == "shuffled" ? emulation::Shuffled : emulation::Ascending;
}

bool Device::loses_launch() {
    uint64_t before = launches++;
    double after = number_setting(index, "LOST_AFTER", -1);
    if (after < 0 || before < uint64_t(after)) return false;
    std::string once = setting(index, "LOST_ONCE", "");
    if (once.empty()) return true;
    int file = open(once.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file < 0) return false;
    close(file);
    return true;
}

static const size_t PAGE = size_t(sysconf(_SC_PAGESIZE));
static constexpr size_t GUARD = 1 << 20;  // what is far beyond an allocation must not be another one
static constexpr size_t ALIGNMENT = 256;
static constexpr unsigned char CANARY = 0xC5;

bool Memory::allocate(char** at, size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    if (bytes > memory() || memory_in_use > memory() - bytes) return false;
    size_t held = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, length = (held + PAGE - 1) / PAGE * PAGE;
    char* pages = (char*)mmap(nullptr, length + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + GUARD, length, PROT_READ | PROT_WRITE)) return false;
    // The allocation ends at the guard page, but for what its alignment costs.
    char* start = pages + GUARD + length - held;
    memset(pages + GUARD, CANARY, length - held);
    memset(start, 0xFF, bytes);
    memset(start + bytes, CANARY, held - bytes);
    allocations[start] = {bytes, pages, length};
    memory_in_use += bytes;
    *at = start;
    return true;
}

int Memory::release(const Device* owner, char* at) {
    std::string damage;
    bool damaged = is_damaged(&damage);
    std::lock_guard<std::mutex> guard(lock);
    auto found = allocations.find(at);
    if (found == allocations.end()) return refuse(owner, INVALID_VALUE, "memory is freed that was not allocated");
    memory_in_use -= found->second.bytes;
    mmap(found->second.pages, found->second.length + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    allocations.erase(found);
    return damaged ? refuse(owner, ILLEGAL_ADDRESS, damage) : int(SUCCESS);
}

bool Memory::holds(const char* at, size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    auto after = allocations.upper_bound(at);
    if (after == allocations.begin()) return false;
    auto found = std::prev(after);
    size_t offset = size_t(at - found->first);
    return offset <= found->second.bytes && bytes <= found->second.bytes - offset;
}

bool Memory::is_damaged(const char* at, const Allocation& allocation, std::string* what) {
    const char *begin = allocation.pages + GUARD, *end = begin + allocation.length;
    for (const char* byte = begin; byte < at; byte++)
        if ((unsigned char)*byte != CANARY) { *what = "something was written before an allocation"; return true; }
    for (const char* byte = at + allocation.bytes; byte < end; byte++)
        if ((unsigned char)*byte != CANARY) { *what = "something was written behind an allocation"; return true; }
    return false;
}

bool Memory::is_damaged(std::string* what) {
    std::lock_guard<std::mutex> guard(lock);
    for (auto& [at, allocation] : allocations)
        if (is_damaged(at, allocation, what)) return true;
    return false;
}

std::map<std::string, std::vector<size_t>> entries_of(const char* ptx) {
    std::map<std::string, std::vector<size_t>> entries;
    for (const char* at = ptx; (at = strstr(at, ".entry "));) {
        at += strlen(".entry ");
        const char* open = strchr(at, '(');
        const char* close = open ? strchr(open, ')') : nullptr;
        if (!close) break;
        std::vector<size_t>& sizes = entries[std::string(at, strcspn(at, " (\n"))];
        for (const char* parameter = open; (parameter = strstr(parameter, ".param")) && parameter < close; parameter += 6) {
            const char* end = parameter + strcspn(parameter, ",)");
            std::string text(parameter, end);
            size_t array = text.find('['), bits = 0;
            if (array != std::string::npos) sizes.push_back(strtoul(text.c_str() + array + 1, nullptr, 10));
            else if (sscanf(text.c_str(), ".param .%*c%zu", &bits) == 1) sizes.push_back(bits / 8);
        }
        at = close;
    }
    return entries;
}

const char* error_name(int code) {
    switch (code) {
        case SUCCESS: return "no error";
        case INVALID_VALUE: return "invalid argument";
        case OUT_OF_MEMORY: return "out of memory";
        case NO_DEVICE: return "no CUDA-capable device is detected";
        case ILLEGAL_ADDRESS: return "an illegal memory access was encountered";
        case LAUNCH_FAILED: return "unspecified launch failure";
        case NOT_FOUND: return "named symbol not found";
        default: return "an error of the fake driver";
    }
}

}  // namespace fake

#define EXPORT extern "C" __attribute__((visibility("default")))

// Sets a value of a device, by the name that follows FAKE_CUDA_; nullptr takes it back.
EXPORT void fake_cuda_set(int device, const char* key, const char* value) {
    std::lock_guard<std::mutex> lock(fake::settings_lock);
    if (value) fake::overrides()[{device, key}] = value;
    else fake::overrides().erase({device, key});
}

// What a device has done: "launches", "copies", "graphs", "contexts"; and "bytes", which are allocated now.
EXPORT uint64_t fake_cuda_count(int device, const char* what) {
    fake::Device& counted = fake::devices()[size_t(device)];
    std::string key = what;
    for (auto [name, count] : {std::pair{"launches", &counted.launches}, {"copies", &counted.copies}, {"graphs", &counted.graphs}, {"contexts", &counted.contexts}})
        if (key == name) return *count;
    return counted.memory_in_use;
}

// The last mistake on a device in words, into `text`.
EXPORT void fake_cuda_message(int device, char* text, size_t bytes) {
    std::lock_guard<std::mutex> lock(fake::settings_lock);
    snprintf(text, bytes, "%s", fake::last_messages()[device].c_str());
}

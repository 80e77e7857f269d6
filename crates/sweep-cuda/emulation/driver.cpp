// A CUDA driver on the processor, for tests: what the host code calls of libcuda, strict where a real driver is.
//
// Work that is put on a stream runs when somebody waits for it and not before, so a host that reads too early or forgets to wait is
// found; or at once, if a test wants that, so a host that reuses memory too early is found as well. Copies take page-locked memory only, calls need a current context, and a capture refuses what a real one refuses.
// faults.cpp holds what tests can set and read; fibers.cpp runs the kernels.
#include "driver.h"
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>

using namespace fake;

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

struct Stream;
using Work = std::function<int()>;

struct Graph {
    std::vector<Work> nodes;
};

struct Stream {
    Device* device;
    std::deque<Work> queue{};
    std::unique_ptr<Graph> capture{};
    std::thread::id capturer{};
    std::recursive_mutex running{};  // its work runs in order, whoever waits for it
};

struct EventState {
    Stream* stream = nullptr;
    uint64_t issued = 0, done = 0;
    bool in_capture = false;
    double at = 0;
};

struct Event {
    Device* device;
    std::shared_ptr<EventState> state = std::make_shared<EventState>();
};

struct Module {
    Device* device;
    std::map<std::string, std::vector<size_t>> entries;
};

struct Function {
    Device* device;
    std::string name;
    const emulation::Kernel* kernel;
};

thread_local Device* current = nullptr;
thread_local int capturing = 0;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Runs the work of a stream until `done`, or all of it.
int run_until(Stream* stream, const std::function<bool()>& done) {
    Device& device = *stream->device;
    std::lock_guard<std::recursive_mutex> running(stream->running);
    while (!done()) {
        Work work;
        {
            std::lock_guard<std::mutex> lock(device.lock);
            if (stream->queue.empty()) break;
            work = std::move(stream->queue.front());
            stream->queue.pop_front();
        }
        if (device.error == SUCCESS) device.error = work();
    }
    return device.error;
}

int run_all(Stream* stream) {
    return run_until(stream, [] { return false; });
}

int submit(Stream* stream, Work work) {
    if (stream->capture) {
        stream->capture->nodes.push_back(std::move(work));
        return SUCCESS;
    }
    {
        std::lock_guard<std::mutex> lock(stream->device->lock);
        stream->queue.push_back(std::move(work));
    }
    if (number_setting(stream->device->index, "EAGER", 0)) run_all(stream);
    return SUCCESS;
}

// The checks that every call on a device begins with.
int ready(Device* device) {
    if (!current) return refuse(current, INVALID_CONTEXT, "the thread has no current context");
    if (device && device != current) return refuse(current, INVALID_HANDLE, "the handle belongs to another context");
    return current->error;
}

int refuse_in_capture(const char* call) {
    return capturing ? refuse(current, STREAM_CAPTURE_UNSUPPORTED, std::string(call) + " during a capture") : SUCCESS;
}

#define READY(device) \
    if (int code = ready(device)) return code
#define NOT_IN_CAPTURE() \
    if (int code = refuse_in_capture(__func__)) return code

}  // namespace

// Devices and contexts.

API cuInit(unsigned) { return devices().empty() ? NO_DEVICE : int(number_setting(0, "INIT", SUCCESS)); }
API cuDriverGetVersion(int* version) { *version = int(number_setting(0, "VERSION", 12000)); return SUCCESS; }
API cuDeviceGetCount(int* count) { *count = int(devices().size()); return SUCCESS; }
API cuDeviceGet(int* device, int index) {
    if (index < 0 || index >= int(devices().size())) return INVALID_DEVICE;
    *device = index;
    return SUCCESS;
}
API cuDeviceGetName(char* name, int bytes, int device) {
    if (int code = int(number_setting(device, "SILENT", SUCCESS))) return code;
    snprintf(name, bytes, "%s", setting(device, "NAME", "Emulated GPU").c_str());
    return SUCCESS;
}
API cuDeviceTotalMem_v2(size_t* bytes, int device) { *bytes = devices()[device].total_memory(); return SUCCESS; }
API cuDeviceGetAttribute(int* value, int attribute, int device) {
    int major = 6, minor = 1;
    sscanf(setting(device, "CAPABILITY", "6.1").c_str(), "%d.%d", &major, &minor);
    *value = attribute == 75 ? major : attribute == 76 ? minor : attribute == 16 ? 4 : 0;  // 16: multiprocessors
    return SUCCESS;
}
API cuDevicePrimaryCtxRetain(Device** context, int device) {
    if (int code = int(number_setting(device, "CONTEXT", SUCCESS))) return code;
    *context = &devices()[device];
    if ((*context)->users++ == 0) (*context)->contexts++;
    return (*context)->error;
}
API cuDevicePrimaryCtxRelease_v2(int device) { devices()[device].users--; return SUCCESS; }
API cuCtxSetCurrent(Device* context) { current = context; return SUCCESS; }
API cuCtxGetCurrent(Device** context) { *context = current; return SUCCESS; }

// Memory.

API cuMemGetInfo_v2(size_t* free, size_t* total) {
    READY(nullptr);
    std::lock_guard<std::mutex> lock(current->lock);
    *total = current->total_memory(), *free = *total - std::min(*total, current->memory_in_use);
    return SUCCESS;
}
API cuMemAlloc_v2(char** at, size_t bytes) {
    READY(nullptr);
    NOT_IN_CAPTURE();
    if (bytes == 0) return INVALID_VALUE;
    return current->allocate(at, bytes) ? SUCCESS : OUT_OF_MEMORY;
}
API cuMemFree_v2(char* at) {
    READY(nullptr);
    NOT_IN_CAPTURE();
    return current->release(current, at);
}
API cuMemHostAlloc(char** at, size_t bytes, unsigned) {
    READY(nullptr);
    NOT_IN_CAPTURE();
    return host_memory().allocate(at, bytes) ? SUCCESS : OUT_OF_MEMORY;
}
API cuMemFreeHost(char* at) { return host_memory().release(current, at); }

static int copy(Stream* stream, char* to, const char* from, size_t bytes, bool to_device, bool from_device) {
    READY(stream->device);
    Memory& device = *stream->device;
    Memory& target = to_device ? device : host_memory();
    Memory& source = from_device ? device : host_memory();
    if (!target.holds(to, bytes)) return refuse(current, INVALID_VALUE, to_device ? "a copy goes beyond an allocation" : "a copy goes to memory that is not page-locked");
    if (!source.holds(from, bytes)) return refuse(current, INVALID_VALUE, from_device ? "a copy comes from beyond an allocation" : "a copy comes from memory that is not page-locked");
    Device* counted = stream->device;
    return submit(stream, [=, &target, &source] {
        if (!target.holds(to, bytes) || !source.holds(from, bytes)) return refuse(counted, ILLEGAL_ADDRESS, "memory was freed before it was copied");
        memmove(to, from, bytes);
        counted->copies++;
        return int(SUCCESS);
    });
}
API cuMemcpyHtoDAsync_v2(char* to, const char* from, size_t bytes, Stream* stream) { return copy(stream, to, from, bytes, true, false); }
API cuMemcpyDtoHAsync_v2(char* to, const char* from, size_t bytes, Stream* stream) { return copy(stream, to, from, bytes, false, true); }
API cuMemcpyDtoDAsync_v2(char* to, const char* from, size_t bytes, Stream* stream) { return copy(stream, to, from, bytes, true, true); }
struct Copy2D {  // CUDA_MEMCPY2D
    size_t from_x, from_y; int from_kind; const char* from_host; char* from; void* from_array; size_t from_pitch;
    size_t to_x, to_y; int to_kind; char* to_host; char* to; void* to_array; size_t to_pitch;
    size_t bytes, rows;
};
API cuMemcpy2DAsync_v2(const Copy2D* rows, Stream* stream) {
    if (rows->from_kind != 2 || rows->to_kind != 2 || rows->bytes > rows->from_pitch || rows->bytes > rows->to_pitch) return refuse(current, INVALID_VALUE, "a copy of rows on the device");
    for (size_t row = 0; row < rows->rows; row++)
        if (int code = copy(stream, rows->to + row * rows->to_pitch, rows->from + row * rows->from_pitch, rows->bytes, true, true)) return code;
    return SUCCESS;
}
API cuMemsetD8Async(char* at, unsigned char value, size_t bytes, Stream* stream) {
    READY(stream->device);
    if (!stream->device->holds(at, bytes)) return refuse(current, INVALID_VALUE, "memory is set beyond an allocation");
    return submit(stream, [=] { memset(at, value, bytes); return int(SUCCESS); });
}

// Modules and launches.

API cuModuleLoadDataEx(Module** module, const char* image, unsigned, int*, void**) {
    READY(nullptr);
    NOT_IN_CAPTURE();
    int major = 0, minor = 0, target = 0, cuda = int(number_setting(0, "VERSION", 12000));
    const char *version = strstr(image, ".version"), *sm = strstr(image, ".target");
    if (!version || sscanf(version, ".version %d.%d", &major, &minor) != 2) return refuse(current, INVALID_PTX, "no version of PTX");
    if (!sm || sscanf(sm, ".target sm_%d", &target) != 1) return refuse(current, INVALID_PTX, "no target");
    if (major - 8 > cuda / 1000 - 12 || (major - 8 == cuda / 1000 - 12 && minor > cuda % 1000 / 10)) return refuse(current, UNSUPPORTED_PTX_VERSION, "PTX for a newer driver");
    int capability_major = 0, capability_minor = 0;
    cuDeviceGetAttribute(&capability_major, 75, current->index), cuDeviceGetAttribute(&capability_minor, 76, current->index);
    if (target > capability_major * 10 + capability_minor) return refuse(current, NO_BINARY_FOR_GPU, "PTX for a newer device");
    *module = new Module{current, entries_of(image)};
    return SUCCESS;
}
API cuModuleUnload(Module* module) { delete module; return SUCCESS; }
API cuModuleGetFunction(Function** function, Module* module, const char* name) {
    READY(module->device);
    auto entry = module->entries.find(name);
    if (entry == module->entries.end()) return NOT_FOUND;
    const emulation::Kernel* kernel = emulation::find_kernel(name);
    if (!kernel) return refuse(current, NOT_FOUND, std::string("kernel ") + name + " is in the PTX, but the emulation was compiled without it");
    if (kernel->parameters != entry->second) return refuse(current, INVALID_PTX, std::string("kernel ") + name + " has other parameters in the PTX than in its source; compile the PTX again");
    *function = new Function{module->device, name, kernel};  // lives as long as the program: the driver's handles are not freed either
    return SUCCESS;
}
API cuFuncGetAttribute(int* value, int, Function* function) { *value = int(function->kernel->threads); return SUCCESS; }
API cuLaunchKernel(Function* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream* stream, void** arguments, void**) {
    READY(stream->device);
    const std::string& name = function->name;
    if (function->device != stream->device) return refuse(current, INVALID_HANDLE, "kernel " + name + " belongs to another device");
    if (!gx || !gy || !gz || !bx || !by || !bz || gy > 65535 || gz > 65535 || bz > 64) return refuse(current, INVALID_VALUE, "kernel " + name + ": the grid or block is out of bounds");
    if (size_t(bx) * by * bz > function->kernel->threads) return refuse(current, LAUNCH_OUT_OF_RESOURCES, "kernel " + name + ": more threads in a block than its definition says");
    if (shared > 48 * 1024) return refuse(current, INVALID_VALUE, "kernel " + name + ": more than 48 KiB of shared memory");
    emulation::Thread thread = function->kernel->bind(arguments);
    Device* device = stream->device;
    return submit(stream, [=] {
        if (device->loses_launch()) return refuse(device, LAUNCH_FAILED, "the device is lost");
        emulation::Failure failure = emulation::run(name, thread, {gx, gy, gz}, {bx, by, bz}, shared, device->order());
        std::string damaged;
        if (!failure.failed && device->is_damaged(&damaged)) return refuse(device, ILLEGAL_ADDRESS, "kernel " + name + ": " + damaged);
        return failure.failed ? refuse(device, failure.bad_access ? ILLEGAL_ADDRESS : LAUNCH_FAILED, failure.message) : int(SUCCESS);
    });
}

// Streams and graphs.

API cuStreamCreate(Stream** stream, unsigned) {
    READY(nullptr);
    *stream = new Stream{current};
    return SUCCESS;
}
API cuStreamDestroy_v2(Stream* stream) {
    int code = run_all(stream);
    delete stream;
    return code;
}
API cuStreamSynchronize(Stream* stream) {
    READY(stream->device);
    NOT_IN_CAPTURE();
    return run_all(stream);
}
API cuStreamBeginCapture_v2(Stream* stream, int) {
    READY(stream->device);
    if (stream->capture) return refuse(current, INVALID_VALUE, "the stream is being captured already");
    stream->capture.reset(new Graph), stream->capturer = std::this_thread::get_id(), capturing++;
    return SUCCESS;
}
API cuStreamEndCapture(Stream* stream, Graph** graph) {
    if (!stream->capture || stream->capturer != std::this_thread::get_id()) return refuse(current, INVALID_VALUE, "the stream is not being captured by this thread");
    *graph = stream->capture.release(), capturing--;
    return ready(stream->device);
}
API cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
    READY(nullptr);
    *executable = new Graph(*graph);
    return SUCCESS;
}
API cuGraphLaunch(Graph* graph, Stream* stream) {
    READY(stream->device);
    std::vector<Work> nodes = graph->nodes;
    stream->device->graphs++;
    return submit(stream, [nodes] {
        for (const Work& node : nodes)
            if (int code = node()) return code;
        return int(SUCCESS);
    });
}
API cuGraphExecDestroy(Graph* graph) { delete graph; return SUCCESS; }
API cuGraphDestroy(Graph* graph) { delete graph; return SUCCESS; }

// Events.

API cuEventCreate(Event** event, unsigned) {
    READY(nullptr);
    *event = new Event{current};
    return SUCCESS;
}
API cuEventDestroy_v2(Event* event) { delete event; return SUCCESS; }
API cuEventRecordWithFlags(Event* event, Stream* stream, unsigned flags) {
    READY(stream->device);
    bool node = flags & 1;  // CU_EVENT_RECORD_EXTERNAL: a node of the graph; otherwise a dependency within the capture
    if (node && !stream->capture) return refuse(current, INVALID_VALUE, "an event can be recorded in a graph only during a capture");
    std::shared_ptr<EventState> state = event->state;
    if (stream->capture && !node) { state->in_capture = true; return SUCCESS; }
    state->in_capture = false, state->stream = stream;
    if (stream->capture) return submit(stream, [state] { state->at = seconds(), state->done = state->issued; return int(SUCCESS); });
    uint64_t number = ++state->issued;
    return submit(stream, [state, number] { state->at = seconds(), state->done = number; return int(SUCCESS); });
}
API cuEventRecord(Event* event, Stream* stream) { return cuEventRecordWithFlags(event, stream, 0); }
API cuEventSynchronize(Event* event) {
    READY(event->device);
    EventState& state = *event->state;
    if (state.in_capture) return refuse(current, CAPTURED_EVENT, "an event within a capture cannot be waited for");
    if (!state.stream) return SUCCESS;
    uint64_t wanted = state.issued;
    return run_until(state.stream, [&] { return state.done >= wanted; });
}
API cuEventQuery(Event* event) {
    READY(event->device);
    return event->state->done >= event->state->issued ? SUCCESS : NOT_READY;
}
API cuStreamWaitEvent(Stream* stream, Event* event, unsigned) {
    READY(stream->device);
    std::shared_ptr<EventState> state = event->state;
    if (!state->stream) return SUCCESS;
    uint64_t wanted = state->issued;
    return submit(stream, [state, wanted] { return run_until(state->stream, [&] { return state->done >= wanted; }); });
}
API cuEventElapsedTime(float* milliseconds, Event* from, Event* to) {
    READY(from->device);
    if (from->state->in_capture || to->state->in_capture || !from->state->stream || !to->state->stream) return refuse(current, INVALID_HANDLE, "an event was never recorded");
    if (from->state->at == 0 || to->state->at == 0) return NOT_READY;
    *milliseconds = float((to->state->at - from->state->at) * 1e3);
    return SUCCESS;
}

API cuGetErrorName(int code, const char** name) { *name = error_name(code); return SUCCESS; }
API cuGetErrorString(int code, const char** text) { *text = error_name(code); return SUCCESS; }

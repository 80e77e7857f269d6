// Runs the threads of a block as fibers, which give way at barriers and warp operations.
//
// Each mistake ends the kernel with words: a barrier that some threads never reach, threads that wait at different barriers, and an
// access beyond an allocation, be it on the device, in shared memory or on a thread's stack (all end at pages that must not be touched).
// Shared memory begins as NaN, so a value that is read before it is written spoils the result.
#include "fibers.h"
#include "races.h"
#include <csignal>
#include <cstdio>
#include <mutex>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

// Saves what a function must keep on the stack, leaves the stack pointer in `*save`, and goes on where `to` was left.
extern "C" void emulation_switch(void** save, void* to);
#if defined(__x86_64__)
asm(R"(
.text
.globl emulation_switch
.hidden emulation_switch
.type emulation_switch, @function
emulation_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size emulation_switch, .-emulation_switch
)");
static void* prepared(char* stack_end, void (*entry)()) {
    void** top = (void**)stack_end;
    *--top = nullptr;  // the stack as a call leaves it
    *--top = (void*)entry;
    return top - 6;
}
static void redirect(ucontext_t* context, void (*to)(), char* stack_end) {
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)to;
    context->uc_mcontext.gregs[REG_RSP] = (greg_t)(stack_end - 8);
}
#elif defined(__aarch64__)
asm(R"(
.text
.globl emulation_switch
.hidden emulation_switch
.type emulation_switch, %function
emulation_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size emulation_switch, .-emulation_switch
)");
static void* prepared(char* stack_end, void (*entry)()) {
    void** frame = (void**)(stack_end - 160);
    memset(frame, 0, 160);
    frame[11] = (void*)entry;  // x30, where `ret` goes
    return frame;
}
static void redirect(ucontext_t* context, void (*to)(), char* stack_end) {
    context->uc_mcontext.pc = (uint64_t)to;
    context->uc_mcontext.sp = (uint64_t)stack_end;
}
#else
#error "the emulation knows x86-64 and aarch64"
#endif

namespace emulation {

__thread Fiber* fiber = nullptr;
__thread Block* block = nullptr;

static constexpr size_t PAGE = 65536;  // at least a page of every system
static constexpr size_t STACK = 4 * PAGE, SHARED_LIMIT = 4 * PAGE;

struct Warp {
    uint64_t values[2][32];
    unsigned arrived, lanes;
};

// What runs at present on this thread of the program.
struct Run {
    const std::string* name;
    const Thread* thread;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    unsigned live, waiting;
    void* scheduler;
    Failure failure;
};
static __thread Run* current __attribute__((tls_model("initial-exec"))) = nullptr;

// Memory ahead of a page that must not be touched.
static char* guarded(size_t bytes) {
    void* all = mmap(nullptr, bytes + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) { perror("emulation: mmap"); abort(); }
    mprotect((char*)all + bytes, PAGE, PROT_NONE);
    return (char*)all;
}

// The stacks of fibers and the shared memory, made once for each thread of the program.
struct Memory {
    std::vector<char*> stacks;
    char* shared = nullptr;
    char* stack_end(unsigned number) const { return stacks[number] + STACK; }
    void reserve(size_t threads) {
        if (!shared) shared = guarded(SHARED_LIMIT);
        while (stacks.size() < threads) {
            char* all = (char*)mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (all == MAP_FAILED) { perror("emulation: mmap"); abort(); }
            mprotect(all, PAGE, PROT_NONE);  // a stack grows towards it
            stacks.push_back(all + PAGE);
        }
    }
    ~Memory() {
        for (char* stack : stacks) munmap(stack - PAGE, STACK + PAGE);
        if (shared) munmap(shared, SHARED_LIMIT + PAGE);
    }
};
static thread_local Memory memory;

static std::map<std::string, Kernel>& kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}

void add_kernel(const char* name, Kernel kernel) {
    if (!kernels().emplace(name, std::move(kernel)).second) { fprintf(stderr, "emulation: two kernels are called %s\n", name); abort(); }
}

const Kernel* find_kernel(const std::string& name) {
    auto found = kernels().find(name);
    return found == kernels().end() ? nullptr : &found->second;
}

static std::string base_name(const char* file) {
    const char* slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

bool is_on_stack(const void* at) {
    const char* end = memory.stack_end(fiber->number);
    return at < end && at >= end - STACK;
}

static void note(const char* what, const char* file, int line) {
    Run& run = *current;
    char where[256] = "", text[1024];
    if (file) snprintf(where, sizeof where, ", %s:%d", base_name(file).c_str(), line);
    snprintf(text, sizeof text, "kernel %s: %s (block %u %u %u, thread %u%s)", run.name->c_str(), what, block->index.x, block->index.y, block->index.z,
             fiber ? fiber->number : 0, where);
    run.failure.failed = true;
    run.failure.message = text;
}

// Gives way until the scheduler takes this fiber again.
static void give_way(Fiber::State state, const char* file, int line) {
    Fiber* self = fiber;
    self->state = state, self->file = file, self->line = line;
    emulation_switch(&self->stack_pointer, current->scheduler);
}

[[noreturn]] static void end_run() {
    void* nowhere;
    emulation_switch(&nowhere, current->scheduler);
    abort();
}

void fail(const char* what, const char* file, int line) {
    note(what, file, line);
    end_run();
}

static void enter() {
    Run& run = *current;
    (*run.thread)();
    if (run.waiting) {
        for (const Fiber& other : run.fibers)
            if (other.state == Fiber::AtBarrier) fail("a thread ends while others wait at a barrier", other.file, other.line);
    }
    run.live--;
    give_way(Fiber::Ended, nullptr, 0);
    abort();
}

static bool same_place(const Fiber& other, const char* file, int line) { return other.line == line && !strcmp(other.file, file); }

void barrier(const char* file, int line) {
    Run& run = *current;
    if (run.live < run.fibers.size()) fail("a barrier that some threads have not reached before they ended", file, line);
    Fiber* self = fiber;
    self->barriers++, self->barrier_file = file, self->barrier_line = line;
    if (++run.waiting < run.live) return give_way(Fiber::AtBarrier, file, line);
    for (Fiber& other : run.fibers) {
        if (&other == self) continue;
        if (other.state != Fiber::AtBarrier || !same_place(other, file, line)) fail("threads wait at different barriers", file, line);
        other.state = Fiber::Ready;
    }
    run.waiting = 0;
}

const uint64_t* exchange(uint64_t value, unsigned* lanes, const char* file, int line) {
    Run& run = *current;
    Fiber* self = fiber;
    unsigned first = self->number / 32 * 32;
    Warp& warp = run.warps[self->number / 32];
    // Two sets of values, since a lane may come to the next exchange before all have read this one.
    uint64_t* values = warp.values[self->warp_steps++ & 1];
    values[self->number % 32] = value;
    *lanes = warp.lanes;
    if (++warp.arrived < warp.lanes) {
        give_way(Fiber::InWarp, file, line);
        return values;
    }
    warp.arrived = 0;
    for (unsigned lane = 0; lane < warp.lanes; lane++) {
        Fiber& other = run.fibers[first + lane];
        if (&other == self) continue;
        if (other.state != Fiber::InWarp || !same_place(other, file, line)) fail("lanes of a warp exchange values at different places", file, line);
        other.state = Fiber::Ready;
    }
    return values;
}

// The numbers from 0 on, in an order.
template <class N>
static void take_turns(std::vector<N>& turns, Order order, uint64_t& random) {
    for (size_t i = 0; i < turns.size(); i++) {
        turns[i] = N(order == Descending ? turns.size() - 1 - i : i);
        if (order != Shuffled) continue;
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        std::swap(turns[i], turns[random % (i + 1)]);
    }
}

static void begin_block(Run& run, Block& b, size_t shared_bytes, Order order, std::vector<unsigned>& turns, uint64_t& random) {
    size_t threads = run.fibers.size(), held = (shared_bytes + 15) / 16 * 16;
    b.shared = memory.shared + SHARED_LIMIT - held;
    memset(b.shared, 0xFF, held);
    b.shared_bytes = shared_bytes;
    begin_race_check(shared_bytes);
    run.live = threads, run.waiting = 0;
    take_turns(turns, order, random);
    for (unsigned t = 0; t < threads; t++) {
        uint3 index{t % b.size.x, t / b.size.x % b.size.y, t / b.size.x / b.size.y};
        run.fibers[t] = {index, t, prepared(memory.stack_end(t), enter), Fiber::Ready, nullptr, 0, 0, 0, nullptr, 0};
    }
    for (size_t w = 0; w < run.warps.size(); w++) run.warps[w] = {{}, 0, unsigned(std::min<size_t>(32, threads - w * 32))};
}

static void run_block(Run& run, const std::vector<unsigned>& turns) {
    while (run.live && !run.failure.failed) {
        bool ran = false;
        for (unsigned t : turns) {
            if (run.fibers[t].state != Fiber::Ready) continue;
            ran = true;
            fiber = &run.fibers[t];
            emulation_switch(&run.scheduler, fiber->stack_pointer);
            if (run.failure.failed) return;
        }
        if (ran || !run.live) continue;
        for (Fiber& waiting : run.fibers) {
            if (waiting.state == Fiber::Ended) continue;
            fiber = &waiting;
            return note("threads wait for others that never come", waiting.file, waiting.line);
        }
    }
}

static struct sigaction previous_segv, previous_bus;

static void on_bad_access(int signal, siginfo_t* info, void* context) {
    if (!current || current->failure.failed) {  // not ours
        sigaction(signal, signal == SIGSEGV ? &previous_segv : &previous_bus, nullptr);
        return;
    }
    char what[128];
    snprintf(what, sizeof what, "an access beyond an allocation, or one that is not aligned, at %p", info->si_addr);
    note(what, nullptr, 0);
    current->failure.bad_access = true;
    redirect((ucontext_t*)context, end_run, memory.stack_end(fiber->number));
}

static void watch_accesses() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action = {};
        action.sa_sigaction = on_bad_access;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigaction(SIGSEGV, &action, &previous_segv);
        sigaction(SIGBUS, &action, &previous_bus);
    });
}

Failure run(const std::string& name, const Thread& thread, dim3 grid, dim3 size, size_t shared_bytes, Order order) {
    watch_accesses();
    size_t threads = size_t(size.x) * size.y * size.z, blocks = size_t(grid.x) * grid.y * grid.z;
    memory.reserve(threads);
    Run run{&name, &thread, std::vector<Fiber>(threads), std::vector<Warp>((threads + 31) / 32), 0, 0, nullptr, {}};
    Block b{{}, grid, size, nullptr, 0};
    current = &run, block = &b;
    std::vector<unsigned> turns(threads);
    std::vector<size_t> block_turns(blocks);
    uint64_t random = 88172645463325252u;
    take_turns(block_turns, order, random);
    for (size_t n : block_turns) {
        if (run.failure.failed) break;
        b.index = {unsigned(n % grid.x), unsigned(n / grid.x % grid.y), unsigned(n / grid.x / grid.y)};
        begin_block(run, b, shared_bytes, order, turns, random);
        run_block(run, turns);
    }
    current = nullptr, block = nullptr, fiber = nullptr;
    return run.failure;
}

}  // namespace emulation

// Finds accesses to memory that no barrier orders, whatever the order in which threads happen to run and whatever the values are.
//
// Kernels that are compiled with -fsanitize=thread (build.sh --races) call the functions below at every access; the library of that
// sanitizer is not used. Two accesses of one word by two threads, of which one writes, must have a barrier between them, or an exchange of values
// if both threads are of one warp. It looks at shared memory, and at device memory as far as the threads of one block use it. Atomic operations
// are not looked at.
#include <cstdio>
#include <unordered_map>
#include <vector>
#include "races.h"

namespace emulation {

namespace {

// An access, by how many barriers and exchanges its thread had passed.
struct Access {
    unsigned thread, barriers, exchanges;
    unsigned warp() const { return thread / 32; }
    bool comes_before(const Access& later) const {
        return thread == later.thread || barriers < later.barriers || (warp() == later.warp() && exchanges < later.exchanges);
    }
};

// Readers of one warp since its last exchange: the first of them, and whether there are more.
struct Readers {
    Access first;
    bool are_more;
};

struct Word {
    bool is_written = false;
    Access written{};
    std::vector<Readers> readers{};
};

thread_local std::vector<Word> shared_words;
thread_local std::unordered_map<size_t, Word> device_words;

[[noreturn]] void race(const char* what, unsigned other) {
    char text[256], before[128] = "no barrier came before";
    if (const char* file = fiber->barrier_file) {
        const char* slash = strrchr(file, '/');
        snprintf(before, sizeof before, "the last barrier was at %s:%d", slash ? slash + 1 : file, fiber->barrier_line);
    }
    snprintf(text, sizeof text, "a %s that no barrier separates from an access of thread %u; %s", what, other, before);
    fail(text, nullptr, 0);
}

void read(Word& word, const Access& now) {
    if (word.is_written && !word.written.comes_before(now)) race("read", word.written.thread);
    if (!word.readers.empty() && word.readers.front().first.barriers < now.barriers) word.readers.clear();
    for (Readers& readers : word.readers) {
        if (readers.first.warp() != now.warp()) continue;
        if (readers.first.exchanges < now.exchanges) readers = {now, false};
        else if (readers.first.thread != now.thread) readers.are_more = true;
        return;
    }
    word.readers.push_back({now, false});
}

void write(Word& word, const Access& now) {
    if (word.is_written && !word.written.comes_before(now)) race("write", word.written.thread);
    for (const Readers& readers : word.readers) {
        Access reader = readers.first;
        if (reader.thread == now.thread && readers.are_more) reader.thread = now.thread ^ 1;  // another lane of the warp
        if (!reader.comes_before(now)) race("write", reader.thread);
    }
    word.readers.clear();
    word.is_written = true;
    word.written = now;
}

void access(const void* at, size_t bytes, void (*note)(Word&, const Access&)) {
    if (!block) return;
    const Access now{fiber->number, fiber->barriers, fiber->warp_steps};
    size_t first = size_t(at), last = first + bytes - 1, shared = size_t(block->shared);
    bool is_shared = first >= shared && first < shared + block->shared_bytes;
    if (!is_shared && is_on_stack(at)) return;
    for (size_t word = first / 4; word <= last / 4; word++) {
        if (!is_shared) note(device_words[word], now);
        else if (word - shared / 4 < shared_words.size()) note(shared_words[word - shared / 4], now);
    }
}

}  // namespace

void begin_race_check(size_t shared_bytes) {
    shared_words.assign((shared_bytes + 3) / 4, Word{});
    device_words.clear();
}

}  // namespace emulation

#define ACCESS(bytes)                                                                                              \
    extern "C" void __tsan_read##bytes(void* at) { emulation::access(at, bytes, emulation::read); }                \
    extern "C" void __tsan_write##bytes(void* at) { emulation::access(at, bytes, emulation::write); }              \
    extern "C" void __tsan_unaligned_read##bytes(void* at) { emulation::access(at, bytes, emulation::read); }      \
    extern "C" void __tsan_unaligned_write##bytes(void* at) { emulation::access(at, bytes, emulation::write); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
extern "C" void __tsan_read_range(void* at, unsigned long bytes) { emulation::access(at, bytes, emulation::read); }
extern "C" void __tsan_write_range(void* at, unsigned long bytes) { emulation::access(at, bytes, emulation::write); }
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void*) {}
extern "C" void __tsan_func_exit() {}
extern "C" unsigned __tsan_atomic32_fetch_add(unsigned* at, unsigned value, int) { return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST); }
extern "C" void __tsan_atomic32_store(unsigned* at, unsigned value, int) { __atomic_store_n(at, value, __ATOMIC_SEQ_CST); }

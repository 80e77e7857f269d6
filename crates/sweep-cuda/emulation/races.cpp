// Finds accesses to shared memory that no barrier orders, whatever the order in which threads happen to run and whatever the values are.
//
// Kernels that are compiled with -fsanitize=thread (build.sh --races) call the functions below at every access; the library of that
// sanitizer is not used. Two accesses of one word by two threads, of which one writes, must have a barrier between them, or an exchange of values
// if both threads are of one warp. Atomic operations are not looked at.
#include <cstdio>
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

thread_local std::vector<Word> words;

[[noreturn]] void race(const char* what, unsigned other) {
    char text[160];
    const char* after = fiber->barrier_file ? "; it comes after the barrier that is named" : "; no barrier comes before it";
    snprintf(text, sizeof text, "%s, and no barrier lies between this and an access of thread %u%s", what, other, after);
    fail(text, fiber->barrier_file, fiber->barrier_line);
}

void read(Word& word, const Access& now) {
    if (word.is_written && !word.written.comes_before(now)) race("a read of shared memory", word.written.thread);
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
    if (word.is_written && !word.written.comes_before(now)) race("a write to shared memory", word.written.thread);
    for (const Readers& readers : word.readers) {
        Access reader = readers.first;
        if (reader.thread == now.thread && readers.are_more) reader.thread = now.thread ^ 1;  // another lane of the warp
        if (!reader.comes_before(now)) race("a write to shared memory", reader.thread);
    }
    word.readers.clear();
    word.is_written = true;
    word.written = now;
}

void access(const void* at, size_t bytes, void (*note)(Word&, const Access&)) {
    if (!block) return;
    size_t begin = size_t((const char*)at - (const char*)block->shared);
    if ((const char*)at < (const char*)block->shared || begin >= block->shared_bytes) return;
    const Access now{fiber->number, fiber->barriers, fiber->warp_steps};
    for (size_t word = begin / 4; word < words.size() && word * 4 < begin + bytes; word++) note(words[word], now);
}

}  // namespace

void begin_race_check(size_t shared_bytes) { words.assign((shared_bytes + 3) / 4, Word{}); }

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

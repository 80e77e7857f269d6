/* A disk that fails once: preloaded into a program, it lets the FAIL_AT-th operation that changes something below FAIL_UNDER fail.
 *
 * FAIL_HOW says how: `full` (ENOSPC), `error` (EIO), `short` (half of a write, then ENOSPC), `die` (the process is gone in the middle of the
 * operation, as in a power cut: half of a write is done). Each process counts for itself. With FAIL_LOG, the number of operations of
 * each process is appended to that file when it ends.
 *
 * cc -shared -fPIC -O2 -o failing-disk.so scripts/failing-disk.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long operations;

/* What is to become of an operation. */
enum fate { WELL, FAILS, FAILS_HALFWAY, DIES };

static enum fate next_fate(int *error) {
    static const char *at, *how;
    if (!at) {
        at = getenv("FAIL_AT");
        how = getenv("FAIL_HOW");
    }
    if (!at || !how || atomic_fetch_add(&operations, 1) + 1 != atol(at)) return WELL;
    *error = strcmp(how, "error") == 0 ? EIO : ENOSPC;
    if (strcmp(how, "die") == 0) return DIES;
    return strcmp(how, "short") == 0 ? FAILS_HALFWAY : FAILS;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int counts_path(const char *path) {
    const char *under = getenv("FAIL_UNDER");
    char absolute[PATH_MAX];
    if (!under || !path) return 0;
    if (path[0] != '/') {
        if (!getcwd(absolute, sizeof absolute)) return 0;
        strncat(absolute, "/", sizeof absolute - strlen(absolute) - 1);
        strncat(absolute, path, sizeof absolute - strlen(absolute) - 1);
        path = absolute;
    }
    return strncmp(path, under, strlen(under)) == 0;
}

static int counts(int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return counts_path(path);
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define WRITER(name, result, parameters, all, half)        \
    result name parameters {                               \
        REAL(name);                                        \
        int error;                                         \
        if (!counts(file)) return real all;                \
        switch (next_fate(&error)) {                       \
        case WELL: return real all;                        \
        case DIES: real half; die(); /* fall through */    \
        case FAILS_HALFWAY: if (size > 1) return real half; /* fall through */ \
        case FAILS: break;                                 \
        }                                                  \
        errno = error;                                     \
        return -1;                                         \
    }

#define CHANGER(name, parameters, all, is_counted)         \
    int name parameters {                                  \
        REAL(name);                                        \
        int error;                                         \
        if (!(is_counted)) return real all;                \
        switch (next_fate(&error)) {                       \
        case WELL: return real all;                        \
        case DIES: die(); /* fall through */               \
        case FAILS_HALFWAY:                                \
        case FAILS: break;                                 \
        }                                                  \
        errno = error;                                     \
        return -1;                                         \
    }

WRITER(write, ssize_t, (int file, const void *bytes, size_t size), (file, bytes, size), (file, bytes, size / 2))
WRITER(pwrite, ssize_t, (int file, const void *bytes, size_t size, off_t at), (file, bytes, size, at), (file, bytes, size / 2, at))
WRITER(pwrite64, ssize_t, (int file, const void *bytes, size_t size, off64_t at), (file, bytes, size, at), (file, bytes, size / 2, at))
CHANGER(fsync, (int file), (file), counts(file))
CHANGER(fdatasync, (int file), (file), counts(file))
CHANGER(ftruncate, (int file, off_t size), (file, size), counts(file))
CHANGER(ftruncate64, (int file, off64_t size), (file, size), counts(file))
CHANGER(rename, (const char *from, const char *to), (from, to), counts_path(to))
CHANGER(unlink, (const char *path), (path), counts_path(path))
CHANGER(mkdir, (const char *path, mode_t mode), (path, mode), counts_path(path))

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("FAIL_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (log) {
        fprintf(log, "%ld\n", (long)operations);
        fclose(log);
    }
}

/* A disk that a power cut makes lose what was not synced: preloaded into a program, it copies a file below the folder SHADOW_UNDER to the folder
 * SHADOW when it is synced, and writes down which name it had; when a folder is synced, which files it had. From that
 * scripts/torture.py makes what would be left: of each file what was last synced, and nothing where nothing was.
 *
 * In the file SHADOW/log: `F FILE PATH`, and for a folder `D PATH` with a line `E FILE NAME` for each file in it and
 * `S PATH` for each folder. Names have no line breaks.
 *
 * cc -shared -fPIC -O2 -o losing-disk.so scripts/losing-disk.c -ldl
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends to the log at once, so that lines of several processes do not mix. */
static void say(const char *text, size_t length) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/log", getenv("SHADOW"));
    int log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0 || write(log, text, length) != (ssize_t)length) abort();
    close(log);
}

/* What no other file has or gets: the number of an inode is given again. */
static void name_file(char name[64], int folder, const char *path) {
    struct statx found;
    if (statx(folder, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &found) != 0) memset(&found, 0, sizeof found);
    snprintf(name, 64, "%llu-%lld.%09u", (unsigned long long)found.stx_ino, (long long)found.stx_btime.tv_sec, found.stx_btime.tv_nsec);
}

static void keep_file(int file, const char *path) {
    char copy[PATH_MAX], temporary[PATH_MAX], bytes[1 << 16], self[64];
    char name[64];
    name_file(name, file, "");
    snprintf(copy, sizeof copy, "%s/%s", getenv("SHADOW"), name);
    snprintf(temporary, sizeof temporary, "%s/%s.%d.%d", getenv("SHADOW"), name, getpid(), gettid());
    snprintf(self, sizeof self, "/proc/self/fd/%d", file);
    /* One that can be read is not opened again: to close it would release the locks that its process holds on it. */
    int can_read = (fcntl(file, F_GETFL) & O_ACCMODE) != O_WRONLY;
    int from = can_read ? file : open(self, O_RDONLY | O_CLOEXEC);
    int to = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0) abort();
    off_t at = 0;
    for (ssize_t length; (length = pread(from, bytes, sizeof bytes, at)) > 0; at += length) {
        if (write(to, bytes, length) != length) abort();
    }
    close(to);
    if (!can_read) close(from);
    if (rename(temporary, copy) != 0) abort();
    char line[PATH_MAX + 64];
    say(line, snprintf(line, sizeof line, "F %s %s\n", name, path));
}

static void keep_folder(const char *path) {
    size_t size = 1 << 20, used = 0;
    char *text = malloc(size);
    DIR *folder = opendir(path);
    if (!text || !folder) abort();
    used += snprintf(text, size, "D %s\n", path);
    for (struct dirent *entry; (entry = readdir(folder)) && used + PATH_MAX + NAME_MAX + 64 < size;) {
        struct stat found;
        if (fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISDIR(found.st_mode) && entry->d_name[0] != '.') {
            used += snprintf(text + used, size - used, "S %s/%s\n", path, entry->d_name);
        }
        if (!S_ISREG(found.st_mode)) continue;
        char name[64];
        name_file(name, dirfd(folder), entry->d_name);
        used += snprintf(text + used, size - used, "E %s %s\n", name, entry->d_name);
    }
    closedir(folder);
    say(text, used);
    free(text);
}

static void keep(int file) {
    char link[64], path[PATH_MAX];
    const char *under = getenv("SHADOW_UNDER");
    struct stat found;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!under || !getenv("SHADOW") || length < 0 || fstat(file, &found) != 0) return;
    path[length] = 0;
    if (strncmp(path, under, strlen(under)) != 0 || (path[strlen(under)] != '/' && path[strlen(under)] != 0)) return;
    if (S_ISDIR(found.st_mode)) keep_folder(path);
    if (S_ISREG(found.st_mode)) keep_file(file, path);
}

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(file);
    if (result == 0) keep(file);
    return result;
}

int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(file);
    if (result == 0) keep(file);
    return result;
}

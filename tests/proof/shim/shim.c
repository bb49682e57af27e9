/* Stands between a program and the C library: notes what it does with files below a folder, makes one of those calls fail,
 * ends the chain on a line of a log, or lets the clock leap. Everything is asked for by environment variables:
 *
 *   SHIM_UNDER   folder; only files below it count (logs/ and the cache of sums do not)
 *   SHIM_TRACE   file that gets one line a call: operation, thread, path, second path
 *   SHIM_COUNT   file of eight bytes that all processes share: how many calls were counted
 *   SHIM_FAIL    operation that fails: create, write, fsync or rename
 *   SHIM_NTH     which of them (the first is 1); of SHIM_LINE which line
 *   SHIM_ERRNO   error number
 *   SHIM_STICKY  1: all later ones fail too
 *   SHIM_SEEN    file that gets the path of the first call that failed
 *   SHIM_LINE    part of the path of a log: the chain ends when its SHIM_NTH line is written
 *   SHIM_TEXT    only lines with this text count
 *   SHIM_VICTIM  group or parent: who ends then
 *   SHIM_LOGS    1: only writes below logs/ count
 *   SHIM_CLOCK   1: the clock leaps forth and back by 400 days every few calls
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096

static const char *under, *fail, *seen, *line, *text, *victim;
static int trace = -1, error_number, sticky, logs, leaps;
static unsigned long long nth;
static _Atomic unsigned long long own_count, *count = &own_count;

static long real_open(const char *path, int flags, int mode) { return syscall(SYS_openat, AT_FDCWD, path, flags, mode); }

__attribute__((constructor)) static void begin(void)
{
    const char *value;
    under = getenv("SHIM_UNDER");
    fail = getenv("SHIM_FAIL");
    seen = getenv("SHIM_SEEN");
    line = getenv("SHIM_LINE");
    text = getenv("SHIM_TEXT");
    victim = getenv("SHIM_VICTIM");
    if ((value = getenv("SHIM_NTH"))) nth = strtoull(value, NULL, 10);
    if ((value = getenv("SHIM_ERRNO"))) error_number = atoi(value);
    sticky = getenv("SHIM_STICKY") != NULL;
    logs = getenv("SHIM_LOGS") != NULL;
    leaps = getenv("SHIM_CLOCK") != NULL;
    if ((value = getenv("SHIM_TRACE"))) trace = (int)real_open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if ((value = getenv("SHIM_COUNT"))) {
        int file = (int)real_open(value, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (file >= 0 && syscall(SYS_ftruncate, file, sizeof *count) == 0) {
            void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (shared != MAP_FAILED) count = shared;
        }
        if (file >= 0) syscall(SYS_close, file);
    }
}

/* The function of that name in the C library. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int counts(const char *path)
{
    if (!under || strncmp(path, under, strlen(under)) != 0) return 0;
    if (logs) return strstr(path, "/logs/") != NULL;
    return !strstr(path, "/logs/") && !strstr(path, "/sums.jsonl");
}

static void note(const char *operation, const char *path, const char *other)
{
    char text_line[2 * PATH_BYTES + 64];
    if (trace < 0) return;
    int length = snprintf(text_line, sizeof text_line, "%s\t%ld\t%s\t%s\n", operation, syscall(SYS_gettid), path, other);
    if (length > 0) syscall(SYS_write, trace, text_line, (size_t)length);
}

/* Whether this call has to fail. */
static int fails(const char *operation, const char *path)
{
    if (!fail || strcmp(fail, operation) != 0) return 0;
    unsigned long long number = atomic_fetch_add(count, 1) + 1;
    if (number != nth && !(sticky && number > nth)) return 0;
    if (number == nth && seen) {
        int file = (int)real_open(seen, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file >= 0) {
            syscall(SYS_write, file, path, strlen(path));
            syscall(SYS_close, file);
        }
    }
    errno = error_number;
    return 1;
}

static int path_of(int file, char *path)
{
    char link[64];
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_BYTES - 1);
    errno = kept;
    if (length <= 0) return 0;
    path[length] = 0;
    return 1;
}

static int opened(const char *path, int flags)
{
    if (!(flags & O_CREAT) || !counts(path)) return 0;
    if (fails("create", path)) return 1;
    note("create", path, "");
    return 0;
}

#define OPEN(name)                                                        \
    int name(const char *path, int flags, ...)                            \
    {                                                                     \
        va_list rest;                                                     \
        va_start(rest, flags);                                            \
        int mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, int) : 0; \
        va_end(rest);                                                     \
        if (opened(path, flags)) return -1;                               \
        return REAL(name)(path, flags, mode);                             \
    }
OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode)
{
    if (counts(path)) {
        if (fails("create", path)) return -1;
        note("mkdir", path, "");
    }
    return REAL(mkdir)(path, mode);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    char path[PATH_BYTES];
    int known = file > 2 && (trace >= 0 || fail || line) && path_of(file, path);
    if (known && counts(path)) {
        if (fails("write", path)) return -1;
        note("write", path, "");
    }
    ssize_t written = REAL(write)(file, bytes, length);
    if (known && line && strstr(path, line) && (!text || memmem(bytes, length, text, strlen(text)))
        && atomic_fetch_add(count, 1) + 1 == nth) {
        kill(victim && strcmp(victim, "parent") == 0 ? getppid() : 0, SIGKILL);
    }
    return written;
}

#define SYNC(name)                                        \
    int name(int file)                                    \
    {                                                     \
        char path[PATH_BYTES];                            \
        if (path_of(file, path) && counts(path)) {        \
            if (fails("fsync", path)) return -1;          \
            note("fsync", path, "");                      \
        }                                                 \
        return REAL(name)(file);                          \
    }
SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to)
{
    if (counts(to)) {
        if (fails("rename", to)) return -1;
        note("rename", from, to);
    }
    return REAL(rename)(from, to);
}

int unlink(const char *path)
{
    if (counts(path)) note("unlink", path, "");
    return REAL(unlink)(path);
}

static long long leap(void)
{
    static const long long LEAP_S = 400LL * 86400;
    return leaps ? (long long)(atomic_fetch_add(count, 1) / 5 % 3 - 1) * LEAP_S : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int answer = (int)syscall(SYS_clock_gettime, clock, time);
    if (answer == 0 && clock == CLOCK_REALTIME) time->tv_sec += leap();
    return answer;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    (void)zone;
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
    time->tv_sec = exact.tv_sec;
    time->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (seconds) *seconds = exact.tv_sec;
    return exact.tv_sec;
}

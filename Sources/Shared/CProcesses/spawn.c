#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/// Where the program's 0, 1 and 2 come from: three files, or the one terminal at a path.
struct streams {
    const int *files;
    const char *terminal;
};

static int describe(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const char *directory,
                    struct streams streams) {
    int error = 0;
    // The first terminal that the leader of a session opens becomes its own.
    if (streams.terminal) error = posix_spawn_file_actions_addopen(actions, 0, streams.terminal, O_RDWR, 0);
    for (int target = streams.terminal ? 1 : 0; error == 0 && target < 3; target++) {
        error = posix_spawn_file_actions_adddup2(actions, streams.terminal ? 0 : streams.files[target], target);
    }
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (error == 0 && directory) error = posix_spawn_file_actions_addchdir_np(actions, directory);

    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0) error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0) {
        error = posix_spawnattr_setflags(attributes,
                                         POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    return error;
}

static int spawn(const char *path, char *const *arguments, char *const *environment, const char *directory,
                 struct streams streams, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = describe(&actions, &attributes, directory, streams);
        if (!environment) environment = environ;
        if (error == 0) error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int cp_spawn_on(const char *path, char *const *arguments, char *const *environment, const char *directory,
                const char *terminal, pid_t *pid) {
    struct streams streams = {NULL, terminal};
    return -spawn(path, arguments, environment, directory, streams, pid);
}

int cp_spawn(const char *path, char *const *arguments, char *const *environment, const char *directory,
             const int *files, pid_t *pid) {
    // A source below 3 could be overwritten by an earlier dup2, so such ones are moved up first.
    int sources[3], moved[3] = {-1, -1, -1};
    int error = 0;
    for (int i = 0; i < 3 && error == 0; i++) {
        sources[i] = files[i];
        if (files[i] < 3) {
            sources[i] = moved[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 3);
            if (moved[i] < 0) error = errno;
        }
    }
    struct streams streams = {sources, NULL};
    if (error == 0) error = spawn(path, arguments, environment, directory, streams, pid);
    for (int i = 0; i < 3; i++) {
        if (moved[i] >= 0) close(moved[i]);
    }
    return -error;
}

int cp_limit_descriptors(pid_t pid, uint64_t soft) {
    struct rlimit limit;
    if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) != 0) return -errno;
    if (soft < limit.rlim_max) limit.rlim_cur = (rlim_t)soft;
    return prlimit(pid, RLIMIT_NOFILE, &limit, NULL) == 0 ? 0 : -errno;
}

int cp_pipe(int *ends, int capacity) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    (void)fcntl(ends[0], F_SETPIPE_SZ, capacity);
    return 0;
}

int cp_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return -errno;
    return 0;
}

void cp_ignore_write_signals(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

int cp_open(const char *path, int flags, int mode) {
    return cp_open_at(AT_FDCWD, path, flags, mode);
}

int cp_open_at(int directory, const char *path, int flags, int mode) {
    int fd;
    do {
        fd = openat(directory, path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

void cp_error_text(int code, char *out, size_t size) {
    const char *text = strerrordesc_np(code);
    if (size == 0) return;
    strncpy(out, text ? text : "unknown error", size - 1);
    out[size - 1] = 0;
}

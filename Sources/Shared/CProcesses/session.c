#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int cp_lock(int fd, int shared) {
    int result;
    do {
        result = flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

int cp_rename_new(int from_directory, const char *from, int to_directory, const char *to) {
    if (syscall(SYS_renameat2, from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -errno;
    // A file system without the flag: a directory never replaces one that is not empty, and ours never are.
    return renameat(from_directory, from, to_directory, to) == 0 ? 0 : -errno;
}

static int address(const char *path, struct sockaddr_un *out) {
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof out->sun_path) return -ENAMETOOLONG;
    strcpy(out->sun_path, path);
    return 0;
}

int cp_unix_listen(const char *path, int backlog) {
    struct sockaddr_un name;
    int error = address(path, &name);
    if (error != 0) return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (fchmod(fd, 0600) != 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, backlog) != 0) {
        error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int cp_unix_connect(const char *path) {
    struct sockaddr_un name;
    int error = address(path, &name);
    if (error != 0) return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int cp_unix_accept(int fd) {
    int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return accepted < 0 ? -errno : accepted;
}

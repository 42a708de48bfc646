#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int cp_terminal(char *path, size_t size) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0) return -errno;
    int error = grantpt(master) != 0 || unlockpt(master) != 0 ? errno : ptsname_r(master, path, size);
    if (error == 0) return master;
    close(master);
    return -error;
}

int cp_terminal_side(int master) {
    int side = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return side < 0 ? -errno : side;
}

/// The major numbers of the program's sides of terminals (Linux, Documentation/admin-guide/devices.txt).
static int is_terminal_side(const struct stat *file) {
    return S_ISCHR(file->st_mode) && major(file->st_rdev) >= 136 && major(file->st_rdev) <= 143;
}

int cp_terminal_of(pid_t pid) {
    char path[32];
    struct stat file;
    snprintf(path, sizeof path, "/proc/%d/fd/0", (int)pid);
    // Looked at first: to open some devices is to do something.
    if (stat(path, &file) != 0) return -errno;
    if (!is_terminal_side(&file)) return -ENOTTY;
    int side = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (side < 0) return -errno;
    if (fstat(side, &file) == 0 && is_terminal_side(&file)) return side;
    close(side);
    return -ENOTTY;
}

int cp_waiting_input(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -errno : count;
}

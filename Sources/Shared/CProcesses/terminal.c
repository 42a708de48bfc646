#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
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

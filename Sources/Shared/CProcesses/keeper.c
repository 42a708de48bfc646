#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int are_same(const struct termios *one, const struct termios *other) {
    return one->c_iflag == other->c_iflag && one->c_oflag == other->c_oflag && one->c_cflag == other->c_cflag
        && one->c_lflag == other->c_lflag && memcmp(one->c_cc, other->c_cc, sizeof one->c_cc) == 0;
}

/// What the copy of this process does; like all after a fork of many threads it calls nothing that takes a lock.
static void keep(int pipe, int terminal, int most, const struct termios *found, const struct termios *set) {
    // Nobody's child any more: no key and no shell reaches it, and the terminal lets it change settings from anywhere.
    setsid();
    prctl(PR_SET_NAME, "capstan-keeper", 0, 0, 0);
    if (dup2(pipe, 0) < 0 || dup2(terminal, 1) < 0) _exit(1);
    // Else it would hold its own pipe, and the links of this process.
    if (syscall(SYS_close_range, 2U, ~0U, 0) != 0) {
        for (int fd = 2; fd < most; fd++) close(fd);
    }
    char word;
    ssize_t count;
    do {
        count = read(0, &word, 1);
    } while (count < 0 && errno == EINTR);
    struct termios now;
    // Where somebody has changed them since, they are theirs.
    if (count == 0 && tcgetattr(1, &now) == 0 && are_same(&now, set)) tcsetattr(1, TCSANOW, found);
    _exit(0);
}

int cp_keep_terminal(int terminal, const void *found, const void *set, pid_t *pid) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    // Above what is replaced.
    int pipe = fcntl(ends[0], F_DUPFD_CLOEXEC, 3), copy = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
    int error = pipe < 0 || copy < 0 ? errno : 0;
    struct rlimit limit;
    int most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1 << 20 ? (int)limit.rlim_cur : 1 << 20;
    sigset_t all, before;
    sigfillset(&all);
    if (error == 0) {
        // No signal runs this process's handlers there.
        pthread_sigmask(SIG_SETMASK, &all, &before);
        *pid = fork();
        if (*pid == 0) keep(pipe, copy, most, found, set);
        if (*pid < 0) error = errno;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    close(ends[0]);
    if (pipe >= 0) close(pipe);
    if (copy >= 0) close(copy);
    if (error == 0) return ends[1];
    close(ends[1]);
    return -error;
}

void cp_keeper_done(int pipe, pid_t pid) {
    ssize_t count;
    do {
        count = write(pipe, "", 1);
    } while (count < 0 && errno == EINTR);
    close(pipe);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

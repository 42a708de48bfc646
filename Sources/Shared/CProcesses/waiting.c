#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

int cp_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cp_epoll_arm(int epoll, int fd, int events) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = EPOLLONESHOT | (events & 1 ? EPOLLIN | EPOLLRDHUP : 0) | (events & 2 ? EPOLLOUT : 0);
    event.data.fd = fd;
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
    if (errno != ENOENT) return -errno;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

void cp_epoll_remove(int epoll, int fd) {
    (void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

int cp_epoll_wait(int epoll, int *fds, int *events, int max) {
    struct epoll_event ready[64];
    int count = epoll_wait(epoll, ready, max < 64 ? max : 64, -1);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t bits = ready[i].events;
        fds[i] = ready[i].data.fd;
        events[i] = 0;
        if (bits & (EPOLLERR | EPOLLHUP)) events[i] = 3;
        if (bits & (EPOLLIN | EPOLLRDHUP)) events[i] |= 1;
        if (bits & EPOLLOUT) events[i] |= 2;
    }
    return count;
}

int cp_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cp_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

void cp_set_name(const char *name) {
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

int cp_signalfd(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cp_signalfd_next(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

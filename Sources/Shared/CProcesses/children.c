#define _GNU_SOURCE
#include "cprocesses.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int cp_pidfd_open(pid_t pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

int cp_peek_exit(pid_t pid, int block, cp_exit *out) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int result;
    do {
        result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG));
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -errno;
    if (info.si_pid == 0) return 0;
    if (info.si_code == CLD_EXITED) {
        out->code = info.si_status & 0xff;
        out->signal = 0;
    } else {
        out->code = 128 + info.si_status;
        out->signal = info.si_status;
    }
    return 1;
}

int cp_peek_any(void) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) != 0) return -errno;
    return info.si_pid;
}

int cp_reap(pid_t pid) {
    pid_t reaped;
    do {
        reaped = waitpid(pid, NULL, WNOHANG);
    } while (reaped < 0 && errno == EINTR);
    return reaped < 0 ? -errno : reaped;
}

void cp_children_usage(uint64_t *user, uint64_t *system, uint64_t *resident) {
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    *user = (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec;
    *system = (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
    *resident = (uint64_t)usage.ru_maxrss * 1024;
}

int cp_process_stat(pid_t pid, cp_stat *out) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    if (count <= 0) return -ESRCH;
    text[count] = 0;
    // The name is in parentheses and may hold anything, parentheses too: fields are counted from the last one.
    char *rest = strrchr(text, ')');
    if (!rest) return -EINVAL;
    unsigned long long start = 0;
    int fields = sscanf(rest + 1, " %c %d %d %d %*d %d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                        &out->state, &out->parent, &out->group, &out->session, &out->foreground, &start);
    if (fields != 6) return -EINVAL;
    out->start = start;
    return 0;
}

/// Calls `visit` for each process there is, until it returns non-zero.
static int each_process(int (*visit)(pid_t, const cp_stat *, void *), void *context) {
    DIR *directory = opendir("/proc");
    if (!directory) return -errno;
    int result = 0, seen = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(directory))) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        cp_stat stat;
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (cp_process_stat(pid, &stat) != 0) continue;
        seen = 1;
        result = visit(pid, &stat, context);
    }
    closedir(directory);
    return seen ? result : -ENOENT;
}

static int is_live_member(pid_t pid, const cp_stat *stat, void *context) {
    (void)pid;
    return stat->group == *(pid_t *)context && stat->state != 'Z' && stat->state != 'X';
}

int cp_group_alive(pid_t group) {
    return each_process(is_live_member, &group);
}

struct writer_to_pipe {
    char link[64];
    pid_t leader;
};

static int is_leader_on_pipe(pid_t pid, const cp_stat *stat, void *context) {
    struct writer_to_pipe *wanted = context;
    if (stat->session != pid) return 0;
    char path[64], link[64];
    snprintf(path, sizeof path, "/proc/%d/fd/1", (int)pid);
    ssize_t count = readlink(path, link, sizeof link - 1);
    if (count <= 0) return 0;
    link[count] = 0;
    if (strcmp(link, wanted->link) != 0) return 0;
    wanted->leader = pid;
    return 1;
}

int cp_leader_on_pipe(uint64_t number) {
    struct writer_to_pipe wanted = {.leader = 0};
    snprintf(wanted.link, sizeof wanted.link, "pipe:[%llu]", (unsigned long long)number);
    int result = each_process(is_leader_on_pipe, &wanted);
    return result < 0 ? result : wanted.leader;
}

uint64_t cp_file_number(int fd) {
    struct stat file;
    return fstat(fd, &file) == 0 ? (uint64_t)file.st_ino : 0;
}

struct collection {
    pid_t parent;
    pid_t *out;
    int count;
    int max;
};

static int collect_child(pid_t pid, const cp_stat *stat, void *context) {
    struct collection *found = context;
    if (stat->parent == found->parent && found->count < found->max) found->out[found->count++] = pid;
    return found->count == found->max;
}

int cp_children(pid_t *out, int max) {
    // One small file where the kernel offers it, else a walk through all processes.
    char path[64];
    pid_t self = getpid();
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)self, (int)self);
    FILE *file = fopen(path, "re");
    if (!file) {
        struct collection found = {self, out, 0, max};
        int result = each_process(collect_child, &found);
        return result < 0 ? result : found.count;
    }
    int count = 0, pid;
    while (count < max && fscanf(file, "%d", &pid) == 1) out[count++] = (pid_t)pid;
    fclose(file);
    return count;
}

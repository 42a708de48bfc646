#define _GNU_SOURCE
#include "cprocesses.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/// What a child says that could not become the program.
struct failure {
    int32_t error;
    int32_t stage;
};

/// Becomes another user for good: by the system calls themselves, since the library's functions would have other
/// threads do the same, and here there are none.
static int change_user(const cp_place *place) {
    if (syscall(SYS_setgroups, (long)place->group_count, place->groups) != 0) return errno;
    if (syscall(SYS_setresgid, place->primary, place->primary, place->primary) != 0) return errno;
    if (syscall(SYS_setresuid, place->user, place->user, place->user) != 0) return errno;
    return 0;
}

/// The terminal or the files as 0, 1 and 2.
static int take_streams(const cp_place *place, const int *sources) {
    if (!place->terminal) {
        for (int target = 0; target < 3; target++) {
            struct stat status;
            if (dup2(sources[target], target) < 0) return errno;
            // So that /dev/stdout and its kin can be opened; what is no pipe is somebody's.
            if (place->as_user && fstat(target, &status) == 0 && S_ISFIFO(status.st_mode) &&
                fchown(target, place->user, (gid_t)-1) != 0) {
                return errno;
            }
        }
        return 0;
    }
    // The first terminal that the leader of a session opens becomes its own.
    int side = open(place->terminal, O_RDWR);
    if (side < 0) return errno;
    // As login does, so that its programs may open it by its name. Its group stays the system's.
    if (place->as_user && fchown(side, place->user, (gid_t)-1) != 0) return errno;
    for (int target = 0; target < 3; target++) {
        if (dup2(side, target) < 0) return errno;
    }
    return 0;
}

/// Everything between fork and exec; only what may be called there.
static struct failure become(const char *path, char *const *arguments, char *const *environment,
                             const char *directory, const int *sources, const cp_place *place, int *report) {
    struct failure failure = {0, CP_STAGE_GROUP};
    // 0 is the writer itself.
    if (place->group >= 0 && write(place->group, "0", 1) != 1) {
        failure.error = errno;
        return failure;
    }
    failure.stage = CP_STAGE_EXEC;
    for (int number = 1; number < NSIG; number++) (void)signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    if (setsid() < 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0) {
        failure.error = errno;
        return failure;
    }
    // Away from 0, 1 and 2, which are about to be something else.
    int kept = fcntl(*report, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0) *report = kept;
    failure.error = kept < 0 ? errno : take_streams(place, sources);
    if (failure.error != 0) return failure;
    if (*report != 3) {
        if (dup3(*report, 3, O_CLOEXEC) < 0) {
            failure.error = errno;
            return failure;
        }
        *report = 3;
    }
    closefrom(4);
    if (place->as_user) {
        failure.stage = CP_STAGE_USER;
        failure.error = change_user(place);
        if (failure.error != 0) return failure;
        failure.stage = CP_STAGE_EXEC;
    }
    if (directory == NULL || chdir(directory) == 0) execve(path, arguments, environment);
    failure.error = errno;
    return failure;
}

int cp_spawn_in(const char *path, char *const *arguments, char *const *environment, const char *directory,
                const int *files, const cp_place *place, pid_t *pid, int *stage) {
    int sources[3], moved[3] = {-1, -1, -1}, ends[2] = {-1, -1}, error = 0;
    struct failure failure = {0, 0};
    pid_t child = -1;
    *stage = CP_STAGE_EXEC;
    // A source below 3 could be overwritten by an earlier dup2, so such ones are moved up first.
    for (int i = 0; i < 3 && error == 0 && files; i++) {
        sources[i] = files[i];
        if (files[i] < 3) {
            sources[i] = moved[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 3);
            if (moved[i] < 0) error = errno;
        }
    }
    if (error == 0 && pipe2(ends, O_CLOEXEC) != 0) error = errno;
    if (error == 0) {
        child = fork();
        if (child < 0) error = errno;
    }
    if (child == 0) {
        int report = ends[1];
        failure = become(path, arguments, environment, directory, sources, place, &report);
        (void)!write(report, &failure, sizeof failure);
        _exit(127);
    }
    if (ends[1] >= 0) close(ends[1]);
    if (child > 0) {
        ssize_t count;
        do {
            count = read(ends[0], &failure, sizeof failure);
        } while (count < 0 && errno == EINTR);
        // Nothing is said when exec has closed the pipe, or when the child was killed before: then it has ended.
        if (count == (ssize_t)sizeof failure) {
            error = failure.error;
            *stage = failure.stage;
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
            }
        } else {
            *pid = child;
        }
    }
    if (ends[0] >= 0) close(ends[0]);
    for (int i = 0; i < 3; i++) {
        if (moved[i] >= 0) close(moved[i]);
    }
    return -error;
}

int cp_attribute_is(const char *path, const char *name, const char *value) {
    char text[64];
    ssize_t count = getxattr(path, name, text, sizeof text);
    if (count < 0) return -errno;
    return (size_t)count == strlen(value) && memcmp(text, value, (size_t)count) == 0;
}

/// What Swift cannot call on Linux by itself: variadic system calls, packed structures, GNU extensions.
///
/// Every function here returns a non-negative result or a negative errno, and never touches errno for its caller.
/// Strings are NUL-terminated; nothing is kept after the call.
#ifndef CAPSTAN_CPROCESSES_H
#define CAPSTAN_CPROCESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Starting

/// Starts `path` in a session of its own with all signals at their defaults, none blocked, `files` as its
/// descriptors 0, 1 and 2, and nothing else open. `directory` may be NULL, `environment` too: then it is ours.
int cp_spawn(const char *path, char *const *arguments, char *const *environment, const char *directory,
             const int *files, pid_t *pid);
/// As `cp_spawn`, with the terminal at the path `terminal` as its 0, 1 and 2, and as the one that its session has.
int cp_spawn_on(const char *path, char *const *arguments, char *const *environment, const char *directory,
                const char *terminal, pid_t *pid);
/// Our side of a new terminal, non-blocking and closed on exec, and the path of the program's side.
int cp_terminal(char *path, size_t size);
/// The program's side of a terminal, opened anew, of which we have ours.
int cp_terminal_side(int master);
/// The terminal that is the standard input of a process, opened anew; -ENOTTY where that is no pseudo-terminal.
int cp_terminal_of(pid_t pid);
/// Starts a copy of this process that gives a terminal the settings `found` when this one ends, however it does, and the
/// terminal still has those that were `set`. Returns the pipe by which `cp_keeper_done` calls that off.
/// Both are `struct termios`.
int cp_keep_terminal(int terminal, const void *found, const void *set, pid_t *pid);
/// The settings are as they were: the copy ends, and is reaped.
void cp_keeper_done(int pipe, pid_t pid);
/// Bytes that a read of `fd` would get now.
int cp_waiting_input(int fd);
/// Gives a running process a soft limit of descriptors, its hard one at most.
int cp_limit_descriptors(pid_t pid, uint64_t soft);
/// Where and as whom a program begins.
typedef struct {
    /// The open `cgroup.procs` of the control group that it is in before its first instruction; -1 for none.
    int group;
    /// The path of its terminal, in place of three files; NULL for none.
    const char *terminal;
    /// Whether it begins as another user, who is given by the rest.
    int as_user;
    uid_t user;
    gid_t primary;
    const gid_t *groups;
    int group_count;
} cp_place;

/// What it was that a program could not do on its way.
enum { CP_STAGE_EXEC = 0, CP_STAGE_GROUP = 1, CP_STAGE_USER = 2 };

/// As `cp_spawn`, with a place; `files` may be NULL where that has a terminal. It forks, which takes the longer the larger
/// the process is. `stage` says what failed.
int cp_spawn_in(const char *path, char *const *arguments, char *const *environment, const char *directory,
                const int *files, const cp_place *place, pid_t *pid, int *stage);
/// A pipe closed on exec, both ends blocking; `capacity` is a wish.
int cp_pipe(int *ends, int capacity);
int cp_set_nonblocking(int fd);
/// Ignores SIGPIPE and SIGXFSZ in the whole process.
void cp_ignore_write_signals(void);

// Ending

/// How a process ended. `signal` is 0 when it exited by itself.
typedef struct {
    int32_t code;
    int32_t signal;
} cp_exit;

int cp_pidfd_open(pid_t pid);
/// 1 and the way it ended when `pid` has ended (it stays a zombie), 0 when it runs. `block` waits for the end.
int cp_peek_exit(pid_t pid, int block, cp_exit *out);
/// The pid of any ended child, left a zombie; 0 when none has ended.
int cp_peek_any(void);
/// Reaps `pid` (-1: any) without waiting: its pid, or 0 when nothing has ended.
int cp_reap(pid_t pid);
/// CPU time in microseconds and the largest resident set in bytes of all reaped children.
void cp_children_usage(uint64_t *user, uint64_t *system, uint64_t *resident);

/// One line of /proc/PID/stat. `start` is in clock ticks since boot.
typedef struct {
    int32_t parent;
    int32_t group;
    int32_t session;
    /// The process group in the foreground of its terminal; -1 without one.
    int32_t foreground;
    char state;
    uint64_t start;
} cp_stat;

int cp_process_stat(pid_t pid, cp_stat *out);
/// 1 when the process group has a member that is not a zombie, 0 when it has none, negative where /proc is absent.
int cp_group_alive(pid_t group);
/// The leader of a session whose standard output is the pipe of this number; 0 where there is none, negative where /proc
/// is absent.
int cp_leader_on_pipe(uint64_t number);
/// The number of an open file, which for a pipe no other one has; 0 where it has none.
uint64_t cp_file_number(int fd);
/// The direct children of this process, at most `max`; their number. Zombies are among them.
int cp_children(pid_t *out, int max);

// Waiting

int cp_epoll_create(void);
/// Arms `fd` for one report; adds it where it is not known yet. `events`: 1 readable, 2 writable.
int cp_epoll_arm(int epoll, int fd, int events);
void cp_epoll_remove(int epoll, int fd);
/// Waits without limit and fills `fds` and `events` (1 readable, 2 writable, both on error or hang-up).
int cp_epoll_wait(int epoll, int *fds, int *events, int max);
int cp_eventfd(void);

// The supervisor

/// Adopt orphaned descendants from now on.
int cp_become_subreaper(void);
void cp_set_name(const char *name);
/// Blocks the given signals and returns a non-blocking descriptor that reports them.
int cp_signalfd(const int *signals, int count);
/// The next signal reported by a signalfd, or 0.
int cp_signalfd_next(int fd);
/// Takes the lock of an open file without waiting, `shared` or not: 0, or -EWOULDBLOCK while another is in the way.
int cp_lock(int fd, int shared);
/// rename(2) that never replaces anything: -EEXIST or -ENOTEMPTY where the target is there.
int cp_rename_new(int from_directory, const char *from, int to_directory, const char *to);
/// Listens on a Unix socket at `path` (under 108 bytes), mode 0600.
int cp_unix_listen(const char *path, int backlog);
int cp_unix_connect(const char *path);
/// Accepts a connection, non-blocking and closed on exec.
int cp_unix_accept(int fd);
int cp_open(const char *path, int flags, int mode);
/// 1 when the extended attribute of a file has this very value, 0 when another; negative where it has none.
int cp_attribute_is(const char *path, const char *name, const char *value);
int cp_open_at(int directory, const char *path, int flags, int mode);
/// CRC-32 as in IEEE 802.3 (reflected polynomial 0xEDB88320); `seed` is 0 or the value so far.
uint32_t cp_crc32(uint32_t seed, const void *bytes, size_t count);
/// The system's words for an error number.
void cp_error_text(int code, char *out, size_t size);

#endif

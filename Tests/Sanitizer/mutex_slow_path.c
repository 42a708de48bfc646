/// The slow path of `Synchronization.Mutex` for builds under the thread sanitizer, which links it in place of the
/// standard library's.
///
/// On Linux a contended `Mutex` is taken and released by the kernel (a priority-inheriting futex). The sanitizer does
/// not see what the kernel writes, so it misses the order that the lock gives and reports the state behind every
/// contended lock as a race. Here a contended lock is taken by the same compare-and-exchange as an uncontended one, in
/// instrumented code, so each release is seen by the next one who takes it. Nobody waits in the kernel, so the release
/// never needs its own slow path. The lock word's layout is the one of the library's `_MutexHandle`: 0 when free,
/// otherwise the thread id of its holder.
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

SWIFT void mutex_lock_slow(uint32_t thread, SELF _Atomic uint32_t *word)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

SWIFT void mutex_lock_slow(uint32_t thread, SELF _Atomic uint32_t *word) {
    uint32_t unlocked = 0;
    while (!atomic_compare_exchange_weak_explicit(
        word, &unlocked, thread, memory_order_acquire, memory_order_relaxed)) {
        unlocked = 0;
        sched_yield();
    }
}

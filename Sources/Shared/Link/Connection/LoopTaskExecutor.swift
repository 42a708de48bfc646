package import NIOCore

/// Runs tasks on an event loop, so that short work on what a link brings needs no change of thread.
///
/// For work that never blocks and is soon done: while it runs, nothing else moves on that loop.
package final class LoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    package init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

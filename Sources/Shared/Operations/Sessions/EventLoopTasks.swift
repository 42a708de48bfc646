package import NIOCore

/// Runs tasks on an event loop: what a stream brings reaches them without another thread being woken, and what they write
/// leaves at the end of the same turn. For tasks that never block.
package final class EventLoopTasks: TaskExecutor {
    private let eventLoop: any EventLoop

    package init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

import Glibc
import Testing

@testable import Processes

@Suite("The poller", .timeLimit(.minutes(1)))
struct PollerTests {
    @Test("wakes a reader when bytes come and a writer when there is room")
    func wakes() async throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        let poller = Poller()
        try await poller.writable(ends[0])
        let fd = ends[0]
        async let readable: Void = poller.readable(fd)
        async let again: Void = poller.readable(fd)
        #expect(write(ends[1], "x", 1) == 1)
        try await readable
        try await again
    }

    @Test("lets a waiter go at once when its task is cancelled, before or after it waits")
    func cancelled() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let (poller, fd) = (Poller(), ends[0])
        for _ in 0..<500 {
            let waiting = Task { try await poller.readable(fd) }
            if Bool.random() { await Task.yield() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test("does not make anyone wait for a plain file, and refuses a descriptor that is none")
    func others() async throws {
        let file = open("/proc/self/exe", O_RDONLY)
        defer { close(file) }
        try await Poller.shared.readable(file)
        await #expect(throws: SystemError.self) { try await Poller.shared.readable(-1) }
    }

    @Test("wakes readers when the other side is closed")
    func hangUp() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let fd = ends[0]
        async let readable: Void = Poller.shared.readable(fd)
        close(ends[1])
        try await readable
        close(ends[0])
    }

    @Test("lets a descriptor be closed by who cancels its reader and by somebody else at the same time")
    func closedTwice() async throws {
        for _ in 0..<3_000 {
            let pipe = try Pipe(capacity: 4096)
            let end = PipeEnd(pipe.reading.take(), .read, poller: .shared)
            let reading = Task {
                await withTaskCancellationHandler {
                    _ = try? await end.ready()
                } onCancel: {
                    end.close()
                }
            }
            await Task.yield()
            let closing = Task.detached { end.close() }
            reading.cancel()
            await closing.value
            await reading.value
        }
    }
}

import CallProtocol
import Daemon
import Operations
import Synchronization
import TestKit
import Testing

@testable import capstan

@Suite("run against a hub")
struct RunSessionTests {
    typealias Sample = WorkloadSpecSample

    private func session(
        _ hub: FakeHub, wishes: AsyncStream<Interrupts.Wish> = AsyncStream { $0.finish() }, wait: Duration? = nil,
        isDetached: Bool = false, said: @escaping @Sendable (String) -> Void = { _ in }
    ) -> RunSession {
        let printer = Printer(
            format: .table, isQuiet: false, isColoured: false, isIndented: false, output: OutputDescriptor(1), now: 0)
        return RunSession(
            spec: WorkloadSpec(cmd: ["sleep", "60"]), connector: HubConnector(hub.context),
            interrupts: Interrupts(wishes: wishes), voice: RunVoice(printer: printer, write: said), wait: wait,
            isDetached: isDetached)
    }

    @Test("A Ctrl-C while the submit is under way cancels the workload, detached or not", arguments: [false, true])
    func early(isDetached: Bool) async throws {
        let (wishes, feed) = AsyncStream.makeStream(of: Interrupts.Wish.self)
        let cancelled = Mutex<[String]>([])
        let taken = Mutex(false)
        let entries = [
            WorkloadOperations.submit.handled { _, _ in
                feed.yield(.interrupt)
                // A slow hub: it answers when the wish was heard.
                try await eventually { taken.withLock { $0 } }
                return Sample.view(state: "queued")
            },
            WorkloadOperations.cancel.handled { input, _ in
                cancelled.withLock { $0.append(input.workload) }
                return Sample.view(state: "cancelled")
            },
            WorkloadOperations.watch.subscribed { _, _, sink in
                try await sink.send(Sample.view(state: "cancelled"))
            },
        ]
        try await FakeHub.with(entries) { hub in
            let session = session(hub, wishes: wishes, isDetached: isDetached) { text in
                if text.contains("waiting for the hub's answer") { taken.withLock { $0 = true } }
            }
            let code = try await session.run()
            #expect(code == 130)
            #expect(cancelled.withLock { $0 } == [Sample.view(state: "queued").id])
        }
    }

    @Test("Past the time of --wait it is left to itself, with exit code 75 and how to follow it")
    func wait() async throws {
        let cancels = Mutex(0)
        let entries = [
            WorkloadOperations.cancel.handled { _, _ in
                cancels.withLock { $0 += 1 }
                return Sample.view(state: "cancelled")
            },
            WorkloadOperations.watch.subscribed { _, _, sink in
                try await sink.send(Sample.view(state: "queued"))
                try await Task.sleep(for: .seconds(600))
            },
        ]
        try await FakeHub.with(entries) { hub in
            let view = Sample.view(state: "queued")
            // From the submit on, which has taken what it took: only what is left is short.
            let session = session(hub)
            let control = RunControl(session.interrupts, session.connector, voice: session.voice)
            let follower = RunFollower(session.connector, view, voice: session.voice, control: control)
            let failure = await #expect(throws: Failure.self) { try await follower.run(within: .milliseconds(1)) }
            #expect(failure?.exit == .tempFail)
            #expect(failure?.advice?.contains(view.id) == true)
            #expect(cancels.withLock { $0 } == 0)
        }
    }
}

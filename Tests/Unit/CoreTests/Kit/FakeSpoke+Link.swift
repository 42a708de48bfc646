import CallProtocol
import Crypto
import Link
import Logging
import NIOCore
import Operations
import Synchronization

extension FakeSpoke {
    func dispatcher() throws -> Dispatcher {
        let entries = [
            AttemptOperations.start.handled { input, _ in try await self.start(input) },
            AttemptOperations.cancel.handled { input, _ in try await self.cancel(input.attempt) },
            AttemptOperations.list.handled { _, _ in
                self.state.withLock { AttemptStatusList(attempts: Array($0.attempts.values), epoch: $0.epoch) }
            },
            AttemptOperations.logs.subscribed { input, _, sink in try await self.sendLog(input, sink) },
            AttemptOperations.forget.handled { input, _ in
                self.forget(input.attempt)
                return Empty()
            },
            JournalOperations.watch.subscribed { input, _, sink in try await self.watchJournal(input, sink) },
            JournalOperations.ack.handled { input, _ in
                self.acknowledge(input)
                return Empty()
            },
            HostOperations.facts.handled { _, _ in self.state.withLock { $0.facts } },
            HostOperations.status.subscribed { _, _, sink in
                try await sink.send(
                    HostStatus(
                        now: "2026-01-01T00:00:00Z", sessions: 0, attempts: 0, spokeUptimeSeconds: 1, warnings: []))
                try await Task.sleep(for: .seconds(3600))
            },
            TTYOperations.open.sessioned { input, _, stream in
                if input.cmd == ["refuse"] { throw CallError(.failedPrecondition, "not here") }
                try stream.accept(TTYOpened(session: input.cmd[0], stdinWindow: 1 << 20, pid: nil))
                while let part = try await stream.next() {
                    if case .bytes(.stdin, let bytes) = part { try await stream.send(.stdout, bytes) }
                }
            },
        ]
        let own = entries + more
        let discovery = OperationOperations.entries(own).map { entry -> OperationEntry in
            guard case .unary(let body) = entry.handler else { return entry }
            return OperationEntry(
                descriptor: entry.descriptor,
                handler: .unary { input, context in
                    self.state.withLock { $0.asked.append(entry.descriptor.name) }
                    return try await body(input, context)
                })
        }
        return Dispatcher(registry: try OperationRegistry(own + discovery), logger: Logger(label: "fake"))
    }

    /// Links to a hub and waits until that link is ready or refused.
    func connect(
        to hub: HubFixture, instance: String = String(repeating: "a", count: 32), generation: UInt64 = 1,
        slot: LinkOfSpoke = .control
    ) async throws -> Link {
        var hello = Hello(software: "fake", role: .spoke, instance: instance)
        hello.generation = generation
        hello.maxStreams = 4_096
        if case .bulk(let number) = slot { (hello.link, hello.slot) = (.bulk, number) }
        let dispatcher = try dispatcher()
        hello.operations = Hex.encode(SHA256.hash(data: dispatcher.registry.canonicalList))
        return try await hub.link(hello, key: key) { stream, _ in
            dispatcher.start(AsyncLinkStream(stream)) { request in
                Caller(
                    peer: "hub", name: "hub", role: "hub", grants: [Grant(scopes: ["*"])],
                    forwardedFor: request.forwardedFor)
            }
        }
    }
}

enum LinkOfSpoke {
    case control, bulk(Int)
}

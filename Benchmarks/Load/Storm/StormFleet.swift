import Agent
import Harness
import Link
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Many spokes in one process: each the real agent with a key and a link of its own; what they serve is simulated.
final class StormFleet: Sendable {
    let manner = StormManner(.atOnce)
    let node: SimulatedNode
    private let agents: [SpokeAgent]
    private let counts: Counts

    private final class Counts: Sendable {
        let connected = Atomic(0)
    }

    /// Whether one spoke is connected: that it is not may be told several times, each time with another reason.
    private final class Seat: Sendable {
        let isTaken = Atomic(false)
    }

    /// - Parameters:
    ///   - addresses: of the hub; spokes take them in turn, so that many links find ports.
    ///   - interval: between two statuses of one spoke.
    init(_ roster: StormRoster, addresses: [HostPort], fingerprint: Fingerprint, interval: Duration) throws {
        let node = try SimulatedNode(interval: interval)
        let (counts, manner) = (Counts(), manner)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let logger = Logger(label: "storm") { _ in SwiftLogNoOpLogHandler() }
        agents = roster.entries.enumerated().map { number, entry in
            let identity = SpokeIdentity(
                key: entry.key, peerId: entry.peer, name: entry.name, hubFingerprints: [fingerprint],
                addresses: [addresses[number % addresses.count]])
            let seat = Seat()
            return SpokeAgent(
                keyring: SpokeKeyring(identity, in: nil), registry: node.registry, software: "capstan-bench",
                operationsDigest: node.digest, group: group.next(), logger: logger, clock: StormClock(manner: manner)
            ) { status in
                switch status {
                case .connected:
                    if !seat.isTaken.exchange(true, ordering: .relaxed) { counts.connected.add(1, ordering: .relaxed) }
                case .disconnected:
                    if seat.isTaken.exchange(false, ordering: .relaxed) {
                        counts.connected.subtract(1, ordering: .relaxed)
                    }
                case .keyRotated, .keyRefused: break
                }
            }
        }
        (self.node, self.counts) = (node, counts)
    }

    var size: Int { agents.count }

    /// Spokes that the hub has accepted.
    var connected: Int { counts.connected.load(ordering: .relaxed) }

    /// Dials with all of them, until the task is cancelled or every one was refused for good.
    func run() async {
        await withDiscardingTaskGroup { group in
            for agent in agents {
                group.addTask {
                    if let refusal = await agent.run() { Complaint.say("storm: refused: \(refusal)") }
                }
            }
        }
    }
}

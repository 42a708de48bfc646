import Agent
import CallProtocol
import Harness
import Link
import NIOCore
import NIOPosix
import Operations

/// An operator of a real hub: calls through it, or submits workloads to it.
struct OperatorSide {
    let calls: CallClient
    private let link: Link

    /// Enrols with an operator's token and connects.
    init(token: String) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let token = try JoinToken(token)
        let key = PeerKey()
        let output = try await Enroller.join(
            token: token, as: .operator_, name: nil, labels: [:], facts: nil, key: key, group: group,
            software: "capstan-bench")
        let identity = SpokeIdentity(key: key, token: token, output: output)
        let hello = Hello(software: "capstan-bench", role: .operator_, instance: Hex.random(16))
        link = try await LinkDialler(key: key, pins: HubPins(Set(identity.hubFingerprints)), group: group)
            .dial(identity.addresses, hello: hello) { stream, _ in
                stream.reset(.forbidden, "nothing is served here")
            }
        calls = CallClient(link)
    }

    /// Echo calls to a node, spliced by the hub.
    func callNode(_ node: String) async throws {
        let message = try EchoMessage.ofHarness()
        LoadCommands.announce("ready")
        try await LoadCommands.serve { [calls] in
            _ = try await calls.call(EchoOperation.echo, message, .init(node: .named(node)))
        }
        link.abort()
    }

    /// For each line `COUNT IN_FLIGHT`: submits so many workloads that do nothing, waits until all have ended, and
    /// says how many nanoseconds that took.
    func runWorkloads() async throws {
        LoadCommands.announce("ready")
        for await line in LoadCommands.lines() {
            let parts = line.split(separator: " ").compactMap { Int($0) }
            guard parts.count == 2 else { continue }
            let start = LoadLoop.now()
            try await WorkloadLoad(calls: calls).run(count: parts[0], inFlight: parts[1])
            LoadCommands.announce("\(LoadLoop.now() - start)")
        }
        link.abort()
    }
}

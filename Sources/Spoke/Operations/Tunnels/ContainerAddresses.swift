import CallProtocol
import Engine
import Operations
import Processes
import Synchronization

/// Where containers of this node are reached, by their names: `db.container` is the one that its engine calls `db`.
final class ContainerAddresses: Sendable {
    /// How long what an engine said is believed: that there is an address, and that there is none.
    private static let (freshness, shortly) = (Duration.seconds(5), Duration.seconds(1))
    /// How long an engine may take.
    private static let patience = Duration.seconds(10)

    private let containers: ContainerService
    private let known = Mutex<[String: Known]>([:])
    /// One question about a container at a time, whoever connects.
    private let asking = KeyedPermits()

    private struct Known {
        var network: Result<ContainerNetwork, CallError>
        var since: ContinuousClock.Instant

        var isFresh: Bool {
            let limit = if case .success = network { ContainerAddresses.freshness } else { ContainerAddresses.shortly }
            return since.duration(to: .now) < limit
        }
    }

    init(_ containers: ContainerService) { self.containers = containers }

    /// What is to be dialled for a port of a container.
    /// - Parameter isStale: whether what was found led nowhere. Then the engine is asked again, but for what it said just now.
    /// - Throws: `UNAVAILABLE` with the reason.
    func place(
        of input: TunnelDialInput, in container: String, isStale: Bool = false
    ) async throws(CallError) -> TunnelDialInput {
        if let found = look(container, isStale: isStale) { return try found.get().place(of: input, in: container) }
        let network: Result<ContainerNetwork, CallError>
        do {
            network = try await asking.with(container) {
                if let found = look(container, isStale: isStale) { return found }
                let network = await ask(container)
                known.withLock { known in
                    known = known.filter { $0.value.isFresh }
                    known[container] = Known(network: network, since: .now)
                }
                return network
            }
        } catch {
            throw CallError(.unavailable, "\(error)")
        }
        return try network.get().place(of: input, in: container)
    }

    private func look(_ container: String, isStale: Bool) -> Result<ContainerNetwork, CallError>? {
        guard let found = known.withLock({ $0[container] }), found.isFresh else { return nil }
        return isStale && found.since.duration(to: .now) > Self.shortly ? nil : found.network
    }

    private func ask(_ container: String) async -> Result<ContainerNetwork, CallError> {
        do {
            let found = try await inTime(Self.patience, clock: containers.clock) { [containers] in
                try await containers.asking {
                    ContainerNetwork(
                        inspected: try await $0.value(EngineRequest(.get, ContainerService.path(container, "/json"))))
                }
            }
            return found.map { .success($0) } ?? .failure(CallError(.unavailable, "the engine does not answer"))
        } catch {
            return .failure(CallError(.unavailable, (error as? CallError)?.message ?? "\(error)"))
        }
    }
}

/// How a container is connected, as its engine tells it.
struct ContainerNetwork: Hashable, Sendable {
    private let state: String
    private let mode: String
    /// Where its ports are published on this machine, by the number in the container.
    private let published: [Int: Published]
    private let address: String?

    private struct Published: Hashable {
        let host: String
        let port: Int

        /// As this machine reaches it; nil where it is not published for TCP.
        init?(_ port: ContainerPort) {
            guard port.protocol == .tcp, let number = port.host, (1...65_535).contains(number) else { return nil }
            let address = port.address ?? ""
            host = ["", "0.0.0.0"].contains(address) ? "127.0.0.1" : address == "::" ? "::1" : address
            self.port = number
        }
    }

    init(inspected json: JSONValue) {
        let settings = json["NetworkSettings"]
        state = json["State"]?["Status"]?.stringValue ?? "unknown"
        mode = json["HostConfig"]?["NetworkMode"]?.stringValue ?? ""
        published = Dictionary(
            ContainerPort.all(inspected: settings?["Ports"]).compactMap { port in
                Published(port).map { (port.container, $0) }
            }, uniquingKeysWith: { first, _ in first })
        let networks = settings?["Networks"]?.objectValue.map { $0.map(\.value) } ?? []
        address = ([settings ?? .null] + networks).lazy.compactMap { $0["IPAddress"]?.stringValue }.first {
            !$0.isEmpty
        }
    }

    /// - Throws: `UNAVAILABLE` where it is not reached from here.
    func place(of input: TunnelDialInput, in container: String) throws(CallError) -> TunnelDialInput {
        guard state == "running" else {
            throw CallError(.unavailable, "container \(container) is not running: it is \(state)")
        }
        var place = input
        if mode == "host" {
            place.host = "127.0.0.1"
        } else if let published = published[input.port] {
            // First, because this machine does not reach the addresses of an engine without root.
            (place.host, place.port) = (published.host, published.port)
        } else if let address {
            place.host = address
        } else {
            throw CallError(
                .unavailable,
                "port \(input.port) of container \(container) is not published, and it has no address of its own"
                    + (mode.hasPrefix("container:") ? ": it shares that of another container" : ""))
        }
        return place
    }
}

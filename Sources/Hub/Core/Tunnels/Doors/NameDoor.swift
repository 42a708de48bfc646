import CallProtocol
import Link
import NIOCore
import Synchronization
import Tunnels

/// A name that the hub's HTTP listener answers for a tunnel. It is open as long as that is.
final class NameDoor: TunnelDoor {
    private let hostname: String
    private let core: HubCore
    /// What a request of the hub's own shows, while it tries the way.
    private let nonce = Mutex<String?>(nil)

    init(_ hostname: String, _ core: HubCore) {
        self.hostname = hostname
        self.core = core
    }

    static let off = "this hub answers no HTTP: it was started with --http off"

    var url: String {
        core.configuration.web?.url(hostname, listening: core.webAddress?.port) ?? "http://\(hostname)"
    }

    var standing: DoorStanding { core.webAddress == nil ? .shut(absence) : .open }

    /// Why no request can come.
    private var absence: String { core.configuration.web == nil ? Self.off : "HTTP is not answered yet" }

    func open(for tunnel: Tunnel) async -> Bool { false }

    func close() {}

    func attempt(_ tunnel: Tunnel) async -> Tunnel.Finding {
        guard let web = core.configuration.web, let address = core.webAddress else {
            return .bad(CallError(.unavailable, absence))
        }
        let nonce = Hex.random(16)
        self.nonce.withLock { $0 = nonce }
        defer {
            // A try that was given up may end after the next has begun.
            self.nonce.withLock { now in
                if now == nonce { now = nil }
            }
        }
        var probe = WebProbe(name: hostname, isSecure: web.isListeningSecure)
        probe.headers = [WebProbe.checkHeader: nonce]
        do throws(CallError) {
            let answer = try await probe.ask(
                host: address.reachable.host, port: address.port,
                authority: web.authority(hostname, listening: address.port))
            if answer.isThrough { return .good }
            return .bad(CallError(.unavailable, "a request was answered with \(answer.status) at \(answer.step ?? "")"))
        } catch {
            return .bad(error)
        }
    }

    func note(_ address: SocketAddress?, _ outcome: Tunnel.Finding) -> Bool { false }

    func isOwn(check: String?) -> Bool { check != nil && nonce.withLock { $0 } == check }
}

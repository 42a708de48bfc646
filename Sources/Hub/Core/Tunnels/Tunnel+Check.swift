import CallProtocol
import Link
import NIOCore
import Operations
import Store
import Synchronization
import Tunnels

/// Finding out whether a connection would come through, and saying how far it comes.
extension Tunnel {
    /// Between two tries of what is not well: often at first, because whoever made it is waiting.
    private static let firstPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(10)

    /// Opens the door, and looks after the way while it is not verified.
    func run() async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            if await door.open(for: self) { changed.fire() }
            if !progress.isVerified { await check() }
            // What changes from here on is seen by the next look.
            let mark = changed.mark
            do {
                if progress.isVerified {
                    pause = Self.firstPause
                    try await changed.wait(after: mark)
                } else {
                    try await changed.wait(after: mark, atMost: pause, on: core.clock)
                    pause = min(pause * 2, Self.longestPause)
                }
            } catch { return }
        }
    }

    /// Asks the node, then tries the address from outside in.
    private func check() async {
        let (node, endpoint) = state.withLock { ($0.record.nodeId, $0.endpoint) }
        guard let link = core.tunnelLinks.control(node), let endpoint else { return }
        core.tunnelLinks.prepare(node)
        var check = Check(link: link.incarnation, endpoint: endpoint)
        check.reachable = await probe(endpoint, over: link)
        if check.reachable == .good, door.standing == .open { check.verified = await door.attempt(self) }
        // What a stopped tunnel finds out is that it was stopped.
        guard !Task.isCancelled else { return }
        let found = check
        let isNews = state.withLock { state in
            defer { state.check = found }
            return state.check != found
        }
        if isNews { changed.fire() }
    }

    private func probe(_ endpoint: TunnelEndpoint, over link: Link) async -> Finding {
        do throws(CallError) {
            let found = try await CallClient(link, deadlines: core.deadlines)
                .call(
                    TunnelOperations.probe,
                    TunnelDialInput(
                        host: endpoint.host, port: endpoint.port, tls: endpoint.scheme.encryption))
            return found.reachable ? .good : .bad(CallError(.unavailable, found.reason ?? "not reachable"))
        } catch {
            return .bad(error)
        }
    }

    /// How far it is now.
    var progress: TunnelProgress {
        let (record, check, endpoint, isOpen) = state.withLock { ($0.record, $0.check, $0.endpoint, $0.isOpen) }
        let standing =
            !record.enabled ? .shut("the tunnel is disabled") : isOpen ? door.standing : DoorStanding.shut(nil)
        var steps = [TunnelProgress.Step(.registered, .ready)]
        let link = core.tunnelLinks.control(record.nodeId)
        if link != nil {
            steps.append(.init(.spokeConnected, .ready))
        } else {
            steps.append(.init(.spokeConnected, .pending, absence(of: record.nodeId)))
        }
        switch standing {
        case .open: steps.append(.init(.listenerBound, .ready))
        case .shut(let reason): steps.append(.init(.listenerBound, .pending, reason))
        }
        let isCurrent = link != nil && link?.incarnation == check.link && check.endpoint == endpoint
        steps.append(.init(.endpointReachable, isCurrent ? check.reachable : nil))
        steps.append(.init(.verified, isCurrent && standing == .open ? check.verified : nil))
        return TunnelProgress(steps: steps, enabled: record.enabled, url: door.url)
    }

    private func absence(of node: String) -> String {
        guard let peer = core.directory[node] else { return "the node was removed" }
        if peer.state == .pending { return "\(peer.name) waits for approval; `capstan node approve \(peer.name)`" }
        return "\(peer.name) is \(core.presence.state(of: peer).rawValue)"
    }
}

extension Link {
    /// Which of all links it is.
    fileprivate var incarnation: String { "\(hello.instance)/\(hello.generation ?? 0)" }
}

extension TunnelProgress.Step {
    fileprivate init(_ name: TunnelProgress.Name, _ finding: Tunnel.Finding?) {
        switch finding {
        case .good?: self.init(name, .ready)
        case .bad(let error)?: self.init(name, .pending, error.message)
        case nil: self.init(name, .unknown)
        }
    }
}

extension HostPort {
    /// Where this machine reaches what listens there: on all addresses, its own.
    var reachable: HostPort {
        isWildcard ? HostPort(host: host.contains(":") ? "::1" : "127.0.0.1", port: port) : self
    }
}

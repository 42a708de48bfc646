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
    private static let patience = Duration.seconds(10)

    /// Listens, and looks after the way while it is not verified.
    func run() async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            await listenIfNeeded()
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

    private func listenIfNeeded() async {
        guard state.withLock({ $0.listener == nil && $0.record.port != nil }) else { return }
        do {
            try await listen()
        } catch {
            let reason = NetworkReason.text(error)
            let isNews = state.withLock { state in
                defer { state.trouble = reason }
                return state.trouble != reason
            }
            if isNews { changed.fire() }
        }
    }

    /// Asks the node, then tries the address from outside in.
    private func check() async {
        let (record, endpoint, listener) = state.withLock { ($0.record, $0.endpoint, $0.listener) }
        let node = record.nodeId
        guard let link = core.tunnelLinks.control(node), let endpoint else { return }
        core.tunnelLinks.prepare(node)
        var check = Check(link: link.incarnation, endpoint: endpoint)
        check.reachable = await probe(endpoint, over: link)
        if check.reachable == .good {
            if let listener { check.verified = await attempt(listener) }
            if let hostname = record.hostname, let web = core.configuration.web {
                check.verified = await attempt(hostname, at: web)
            }
        }
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

    /// Connects to the listener as others do, and waits to see the connection come out at the endpoint.
    private func attempt(_ listener: any Channel) async -> Finding {
        state.withLock { $0.trial = [:] }
        defer { state.withLock { $0.trial = nil } }
        do {
            guard let place, let number = listener.localAddress?.port else {
                throw CallError(.unavailable, "the listener is closed")
            }
            let host = HostPort(host: place.host, port: number).reachable.host
            let connection = try await ConnectionDialler().connect(host: host, port: number, on: nil)
            defer { ConnectionRelay.close(connection) }
            let port = connection.localAddress?.port ?? 0
            let end = ContinuousClock.now + Self.patience
            while ContinuousClock.now < end {
                let mark = changed.mark
                if let outcome = state.withLock({ $0.trial?[port] }) { return outcome }
                try await changed.wait(after: mark, atMost: .milliseconds(500), on: core.clock)
            }
            return .bad(CallError(.timeout, "a connection did not come through within 10 s"))
        } catch {
            return .bad(error as? CallError ?? CallError(.unavailable, NetworkReason.text(error)))
        }
    }

    /// How far it is now.
    var progress: TunnelProgress {
        let (record, hasListener, trouble, check, endpoint, isOpen) = state.withLock {
            ($0.record, $0.listener != nil, $0.trouble, $0.check, $0.endpoint, $0.isOpen)
        }
        let isListening = record.hostname == nil ? hasListener : isOpen && record.enabled && core.webAddress != nil
        var steps = [TunnelProgress.Step(.registered, .ready)]
        let link = core.tunnelLinks.control(record.nodeId)
        if link != nil {
            steps.append(.init(.spokeConnected, .ready))
        } else {
            steps.append(.init(.spokeConnected, .pending, absence(of: record.nodeId)))
        }
        if isListening {
            steps.append(.init(.listenerBound, .ready))
        } else {
            let found = record.port.map { port in trouble.map { "port \(port): \($0)" } } ?? noWeb
            let reason = record.enabled ? found : "the tunnel is disabled"
            steps.append(.init(.listenerBound, .pending, reason))
        }
        let isCurrent = link != nil && link?.incarnation == check.link && check.endpoint == endpoint
        steps.append(.init(.endpointReachable, isCurrent ? check.reachable : nil))
        steps.append(.init(.verified, isCurrent && isListening ? check.verified : nil))
        return TunnelProgress(steps: steps, enabled: record.enabled, url: url)
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

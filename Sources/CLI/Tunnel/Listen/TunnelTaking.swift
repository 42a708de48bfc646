import CallProtocol
import Operations
import Tunnels

/// Finds the tunnel that options mean at the hub, or makes it, and sees to it that it is enabled.
struct TunnelTaking: Sendable {
    let options: TunnelOptions
    let connector: HubConnector
    let deadline: Deadline
    /// Whether it is to take connections at once, and not when it is run.
    var enables = true

    /// The endpoint as the hub writes it; nil where none is said.
    static func endpoint(_ text: String?) throws -> String? {
        try text.map { text in
            do throws(TunnelEndpoint.Mistake) { return try TunnelEndpoint(parsing: text).description } catch {
                throw Failure.misuse("--endpoint: \(error)")
            }
        }
    }

    /// A tunnel as it is.
    /// - Parameter id: its id, a unique beginning of it, or its label.
    /// - Throws: a ``Failure`` of exit code 64 where it leads elsewhere.
    func shown(_ id: String, leadingTo endpoint: String?) async throws -> TunnelView {
        let view = try await connector.ask(TunnelOperations.show, TunnelRef(id: id), until: deadline)
        guard endpoint == nil || endpoint == view.endpoint else {
            throw Failure(
                .conflict, "the tunnel \(id) leads to \(view.endpoint), not to \(endpoint ?? "")",
                advice: "leave one of --id and --endpoint out, or change it with capstan tunnel update")
        }
        return view
    }

    /// The one of `me` that leads to the endpoint, or a new one.
    /// - Parameter node: by which it goes; nil where it ends at `me` itself, a tunnel peer.
    /// - Throws: a ``Failure`` of exit code 64 where there is one with another label or access.
    func taken(
        _ endpoint: String, by me: String, node: String?
    ) async throws -> (view: TunnelView, isNew: Bool) {
        let mine = try await mine(me, node: node).first {
            $0.endpoint == endpoint && $0.project == options.project
                && (options.port ?? $0.expose.port) == $0.expose.port && options.mayBe(named: $0.expose.hostname)
        }
        guard let mine else {
            var input = try options.input(node: node, endpoint: endpoint)
            input.enabled = enables
            return (try await connector.ask(TunnelOperations.create, input, until: deadline), true)
        }
        return (try await adopted(mine), false)
    }

    /// One that is there, if it is what the options say.
    /// - Throws: a ``Failure`` of exit code 64 where it has another place, label or access.
    func adopted(_ view: TunnelView) async throws -> TunnelView {
        guard
            options.fits(view), (options.port ?? view.expose.port) == view.expose.port,
            options.mayBe(named: view.expose.hostname),
            options.node.map({ $0 == view.node || $0 == view.nodeId }) ?? true
        else {
            throw Failure(
                .conflict,
                "the tunnel \(view.label ?? view.id) of this machine leads there already, with another label, place or access",
                advice: "capstan tunnel update \(view.id) changes it; another --project makes a second one")
        }
        return try await enabled(try await guarded(view))
    }

    /// The tunnels that `me` has made, and that go by the node, or end at `me`.
    func mine(_ me: String, node: String?) async throws -> [TunnelView] {
        var input = TunnelListInput()
        input.node = node
        return try await connector.ask(TunnelOperations.list, input, until: deadline).tunnels.filter {
            $0.createdBy == me && (node != nil || $0.nodeId == me)
        }
    }

    func enabled(_ view: TunnelView) async throws -> TunnelView {
        guard enables, view.state == .disabled else { return view }
        return try await connector.ask(TunnelOperations.enable, TunnelRef(id: view.id), until: deadline)
    }

    /// The tunnel with the token that is said, whether it is another one or not: the hub tells no tokens.
    private func guarded(_ view: TunnelView) async throws -> TunnelView {
        guard let token = try options.bearer.token() else { return view }
        var input = TunnelUpdateInput(id: view.id)
        input.bearer = token
        return try await connector.ask(TunnelOperations.update, input, until: deadline)
    }
}

import Operations

/// Who may call what, written down by hand beside the rules: a new operation needs a row here, and a change of a built-in
/// role a change of one.
enum RoleTable {
    /// Who calls: the built-in roles, one that was made with every scope there is, and peers that are no operators.
    enum Caller: String, CaseIterable, CustomStringConvertible {
        case admin, almighty, operator_, viewer, spoke, pending, tunnel, stranger

        var description: String { rawValue }
    }

    /// What the access rules say to a call.
    enum Answer: Hashable {
        case allowed, forbidden
        /// As if there were no such operation.
        case hidden
    }

    private static let admins: Set<Caller> = [.admin, .almighty]
    private static let operators = admins.union([.operator_])
    private static let viewers = operators.union([.viewer])
    private static let peers: Set<Caller> = viewers.union([.spoke, .tunnel])

    /// On the hub.
    static let hub: [String: Set<Caller>] = [
        "event/watch": viewers,
        "hub/status": viewers,
        "node/approve": admins,
        "node/drain": operators,
        "node/label": operators,
        "node/list": viewers,
        "node/remove": admins,
        "node/show": viewers,
        "node/undrain": operators,
        "operation/list": viewers,
        "operation/show": viewers,
        "peer/disable": admins,
        "peer/enable": admins,
        // The scope alone: a peer that is one already is told so.
        "peer/enrol": admins.union([.stranger]),
        "peer/list": admins,
        "peer/remove": admins,
        "peer/rotate": peers,
        "peer/self": peers.union([.pending]),
        "peer/set-role": [.admin],
        "budget/list": viewers,
        "budget/remove": admins,
        "budget/set": admins,
        "instance/list": viewers,
        "instance/reconcile": operators,
        "instance/release": operators,
        "instance/rent": operators,
        "instance/show": viewers,
        "pool/list": viewers,
        "pool/remove": operators,
        "pool/set": operators,
        "provider/import": admins,
        "provider/list": viewers,
        "provider/offers": operators,
        "provider/remove": admins,
        "provider/show": viewers,
        "role/create": [.admin],
        "role/list": admins,
        "role/remove": [.admin],
        "role/show": admins,
        "token/create": admins,
        "token/list": admins,
        "token/revoke": admins,
        "tunnel/create": operators.union([.tunnel]),
        "tunnel/delete": operators.union([.tunnel]),
        "tunnel/disable": operators.union([.tunnel]),
        "tunnel/enable": operators.union([.tunnel]),
        "tunnel/enrol": operators,
        "tunnel/list": viewers.union([.tunnel]),
        "tunnel/progress": viewers.union([.tunnel]),
        "tunnel/show": viewers.union([.tunnel]),
        "tunnel/stats": viewers.union([.tunnel]),
        "tunnel/update": operators.union([.tunnel]),
        "workload/cancel": operators,
        "workload/list": viewers,
        "workload/logs": viewers,
        "workload/receipt": viewers,
        "workload/show": viewers,
        "workload/submit": operators,
        "workload/watch": viewers,
    ]

    /// On a node; nil for what nodes do for the hub alone.
    static let node: [String: Set<Caller>?] = [
        "attempt/cancel": nil,
        "attempt/forget": nil,
        "attempt/list": nil,
        "attempt/logs": nil,
        "attempt/start": nil,
        "container/copy-in": operators,
        "container/copy-out": operators,
        "container/create": operators,
        "container/events": viewers,
        "container/exec": operators,
        "container/inspect": operators,
        "container/kill": operators,
        "container/list": viewers,
        "container/logs": operators,
        "container/remove": operators,
        "container/rename": operators,
        "container/restart": operators,
        "container/start": operators,
        "container/stats": operators,
        "container/stop": operators,
        "container/top": operators,
        "container/wait": operators,
        "host/copy-in": operators,
        "host/copy-out": operators,
        "host/facts": viewers,
        "host/status": viewers,
        "image/inspect": viewers,
        "image/list": viewers,
        "image/load": operators,
        "image/pull": operators,
        "image/remove": operators,
        "journal/ack": nil,
        "journal/watch": nil,
        "link/open": nil,
        "operation/list": viewers,
        "operation/show": viewers,
        "tty/attach": operators,
        "tty/kill": operators,
        "tty/list": operators,
        "tty/open": operators,
        "tty/replay": operators,
        "tunnel/dial": operators,
        "tunnel/probe": operators,
    ]

    /// What a call of an operation on a node is answered.
    static func onNode(_ operation: String, by caller: Caller) -> Answer {
        // Only operators reach nodes.
        guard operators.union([.viewer]).contains(caller) else { return .forbidden }
        guard let row = node[operation] else { return .forbidden }
        guard let callers = row else { return .hidden }
        return callers.contains(caller) ? .allowed : .forbidden
    }
}

import CallProtocol

/// Addresses at the hub that lead to endpoints near nodes.
package enum TunnelOperations {
    package static let create = Operation<TunnelCreateInput, TunnelView>(
        "tunnel/create", .mutation, subject: .output("id"),
        summary: "A port or a name of the hub that leads to an address which a node can reach",
        description: """
            For bytes a port of the hub's range, for HTTP a name: the one asked for, or a free one. It stays the tunnel's \
            until that is deleted, also while it is disabled and when the hub is started again.
            """,
        errors: [DeclaredError(.conflict, "The port or name is another tunnel's, or the port another program's")],
        examples: [
            OperationExample(
                "A database beside gpu-1, for one network",
                ["node": "gpu-1", "endpoint": "tcp://10.0.0.5:5432", "access": ["allowFrom": ["192.0.2.0/24"]]])
        ])

    package static let list = Operation<TunnelListInput, TunnelList>(
        "tunnel/list", .query, summary: "The tunnels, newest first")

    package static let show = Operation<TunnelRef, TunnelView>("tunnel/show", .query, summary: "One tunnel")

    package static let update = Operation<TunnelUpdateInput, TunnelView>(
        "tunnel/update", .mutation, subject: .input("id"),
        summary: "Change what a tunnel is called, where it leads, who may use it",
        description: "What is left out stays as it is. Connections that stand are not touched.")

    package static let delete = Operation<TunnelRef, Empty>(
        "tunnel/delete", .mutation, subject: .input("id"),
        summary: "Close a tunnel, reset its connections, and free its port or name")

    package static let enable = Operation<TunnelRef, TunnelView>(
        "tunnel/enable", .mutation, subject: .input("id"), summary: "Take connections again")

    package static let disable = Operation<TunnelRef, TunnelView>(
        "tunnel/disable", .mutation, subject: .input("id"),
        summary: "Take no connections, and reset those that stand; the port or name stays the tunnel's")

    package static let progress = Operation<TunnelRef, TunnelProgress>(
        "tunnel/progress", .subscription,
        summary: "Which steps a tunnel has taken until it is verified, at once and with each change",
        description: "Ends when the tunnel is deleted.")

    package static let stats = Operation<TunnelRef, TunnelStats>(
        "tunnel/stats", .query, summary: "Connections, bytes and errors since the hub was started")
}

package struct TunnelRef: Described, Hashable {
    /// Its id, a unique beginning of it, or a label that only one has.
    package var id: String

    package init(id: String) { self.id = id }

    package static let schema = JSONSchema.object(["id": .tunnel], required: ["id"])
}

extension JSONSchema {
    static var tunnel: JSONSchema {
        .string(minLength: 1, maxLength: 128).describe("Its id, a unique beginning of it, or a label that only one has")
    }

    static var tunnelLabel: JSONSchema { .string(minLength: 1, maxLength: 128).describe("For people") }

    static var endpoint: JSONSchema {
        .string(minLength: 1, maxLength: 512).describe(
            "tcp://HOST:PORT, http://HOST:PORT, https://HOST:PORT or https+insecure://HOST:PORT, as the node sees it; "
                + "http where no scheme is said")
    }

    static var bearer: JSONSchema {
        .string(minLength: 16, maxLength: 512).describe("A token that requests of an HTTP tunnel have to show")
    }
}

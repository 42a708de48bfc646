/// What a stream carries after its opening envelope.
package enum Carriage: String, Sendable, Codable, CaseIterable {
    case json, raw, bytes
}

/// Which node a call is for.
package enum NodeSelector: Hashable, Sendable, Codable {
    /// An id, a name or a unique prefix of an id.
    case named(String)
    /// The least loaded node whose labels match.
    case labels([String: String])

    private struct ByLabels: Codable { var labels: [String: String] }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            self = .named(name)
        } else {
            self = .labels(try container.decode(ByLabels.self).labels)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .named(let name): try container.encode(name)
        case .labels(let labels): try container.encode(ByLabels(labels: labels))
        }
    }
}

/// For whom the hub passes a call on; the spoke writes it to its audit log. The hub has decided that they may make the
/// call; which of a node's own resources it may be about, only the node can tell.
package struct ForwardedFor: Hashable, Sendable, Codable {
    package var peer: String
    package var name: String
    package var role: String
    /// Beside their own, the resources they may use, as patterns of ids and names; nil for none.
    package var resources: [String]?

    package init(peer: String, name: String, role: String, resources: [String]? = nil) {
        self.peer = peer
        self.name = name
        self.role = role
        self.resources = resources
    }
}

/// The payload of `call.requested`.
package struct CallRequest: Hashable, Sendable, Codable {
    /// With a leading slash on the wire: `/container/list`.
    package var operationId: String
    package var input: RawJSON?
    package var carriage: Carriage?
    package var node: NodeSelector?
    /// Time left when the request was written.
    package var deadlineMs: Int64?
    package var idempotencyKey: String?
    package var forwardedFor: ForwardedFor?

    package init(
        operation: String, input: RawJSON? = nil, carriage: Carriage? = nil, node: NodeSelector? = nil,
        deadlineMs: Int64? = nil, idempotencyKey: String? = nil, forwardedFor: ForwardedFor? = nil
    ) {
        operationId = "/" + operation
        self.input = input
        self.carriage = carriage
        self.node = node
        self.deadlineMs = deadlineMs
        self.idempotencyKey = idempotencyKey
        self.forwardedFor = forwardedFor
    }

    /// The registry's name: without the leading slash.
    package var operation: String {
        operationId.hasPrefix("/") ? String(operationId.dropFirst()) : operationId
    }
}

/// The payload of `call.responded`.
package struct CallResponse: Hashable, Sendable, Codable {
    package var output: RawJSON

    package init(output: RawJSON) {
        self.output = output
    }
}

import CallProtocol

/// Connections that a node makes.
extension TunnelOperations {
    package static let dial = Operation<TunnelDialInput, TunnelDialOutput>(
        "tunnel/dial", .session, carriage: .bytes, subject: .address, isRelay: true,
        summary: "One TCP connection from the node to an address that it can reach, as plain bytes",
        description: """
            Accepted when the connection stands. From then on END is a half-close and RESET a reset, in both directions.
            """,
        errors: [DeclaredError(.unavailable, "Nothing answers at the address, or its name is not known there")],
        examples: [OperationExample("The node's own database", ["host": "127.0.0.1", "port": 5432])])

    package static let probe = Operation<TunnelDialInput, TunnelProbeOutput>(
        "tunnel/probe", .query, subject: .address,
        summary: "Whether a TCP connection from the node to an address succeeds; it is closed at once")
}

package struct TunnelDialInput: Described, Hashable {
    /// A name that the node can look up, or an address; without brackets.
    package var host: String
    package var port: Int
    /// How the node encrypts the connection; not at all where left out.
    package var tls: Encryption?

    package enum Encryption: String, Codable, Sendable, CaseIterable {
        /// With a certificate that the node trusts.
        case verified
        /// With any certificate.
        case insecure
    }

    package init(host: String, port: Int, tls: Encryption? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    package static let schema = JSONSchema.object(
        [
            "tls": .enumeration(Encryption.self).describe("How the node encrypts the connection; not where left out"),
            "host": .string(minLength: 1, maxLength: 253).describe(
                "A name that the node can look up, or an address; without brackets"),
            "port": .integer(minimum: 1, maximum: 65_535),
        ], required: ["host", "port"])
}

package struct TunnelDialOutput: Described, Hashable {
    /// Where the connection leads: an address and a port.
    package var address: String

    package init(address: String) { self.address = address }

    package static let schema = JSONSchema.object(["address": .string()], required: ["address"])
}

package struct TunnelProbeOutput: Described, Hashable {
    package var reachable: Bool
    /// How long the connection took to be made.
    package var milliseconds: Double?
    /// Why there was none.
    package var reason: String?

    package init(reachable: Bool, milliseconds: Double? = nil, reason: String? = nil) {
        self.reachable = reachable
        self.milliseconds = milliseconds
        self.reason = reason
    }

    package static let schema = JSONSchema.object(
        ["reachable": .boolean, "milliseconds": .number(minimum: 0), "reason": .string()], required: ["reachable"])
}

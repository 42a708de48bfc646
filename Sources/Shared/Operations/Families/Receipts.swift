/// The signed result of an attempt.
///
/// `payload` is the base64 of exact JSON bytes. The node signs those bytes. The hub signs those bytes followed by the
/// bytes of `hubPayload`, so that its signature covers the node's statement and its own. ES256, DER signatures.
package struct Receipt: Described, Hashable {
    package struct Signature: Codable, Sendable, Hashable {
        package enum Signer: String, Codable, Sendable, CaseIterable {
            case node, hub
        }

        package var by: Signer
        /// Base64 of the DER SubjectPublicKeyInfo.
        package var spki: String
        /// Base64 of the DER signature.
        package var sig: String

        package init(by: Signer, spki: String, sig: String) {
            self.by = by
            self.spki = spki
            self.sig = sig
        }
    }

    package var payload: String
    /// Base64 of ``HubStatement``; there once the hub has signed.
    package var hubPayload: String?
    package var signatures: [Signature]

    package init(payload: String, hubPayload: String? = nil, signatures: [Signature]) {
        self.payload = payload
        self.hubPayload = hubPayload
        self.signatures = signatures
    }

    package static let schema = JSONSchema.object(
        [
            "payload": .string(), "hubPayload": .string(),
            "signatures": .array(
                of: .object(
                    ["by": .enumeration(Signature.Signer.self), "spki": .string(), "sig": .string()],
                    required: ["by", "spki", "sig"])),
        ], required: ["payload", "signatures"])
}

/// What the node states of an attempt.
package struct NodeStatement: Described, Hashable {
    package var version = 1
    package var workload: String
    package var attempt: String
    package var generation: Int
    /// The node's fingerprint.
    package var node: String
    /// SHA-256 in hex over the canonical JSON of the command.
    package var commandHash: String
    package var exitCode: Int
    package var signal: String?
    package var reason: String?
    package var startedAt: String
    package var endedAt: String
    /// SHA-256 in hex over stdout and stderr payload in recorded order.
    package var outputHash: String
    package var outputBytes: Int64
    package var logTruncated: Bool
    package var userTimeUs: Int64
    package var systemTimeUs: Int64
    package var maxMemory: Int64

    package init(
        workload: String, attempt: String, generation: Int, node: String, commandHash: String, exitCode: Int,
        signal: String?, reason: String?, startedAt: String, endedAt: String, outputHash: String, outputBytes: Int64,
        logTruncated: Bool, userTimeUs: Int64, systemTimeUs: Int64, maxMemory: Int64
    ) {
        self.workload = workload
        self.attempt = attempt
        self.generation = generation
        self.node = node
        self.commandHash = commandHash
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outputHash = outputHash
        self.outputBytes = outputBytes
        self.logTruncated = logTruncated
        self.userTimeUs = userTimeUs
        self.systemTimeUs = systemTimeUs
        self.maxMemory = maxMemory
    }

    package static let schema = JSONSchema.object(
        [
            "version": .integer(minimum: 1), "workload": .string(), "attempt": .string(), "generation": .integer(),
            "node": .string(), "commandHash": .string(), "exitCode": .integer(), "signal": .string(),
            "reason": .string(), "startedAt": .timestamp, "endedAt": .timestamp, "outputHash": .string(),
            "outputBytes": .bytes, "logTruncated": .boolean, "userTimeUs": .integer(minimum: 0),
            "systemTimeUs": .integer(minimum: 0), "maxMemory": .bytes,
        ],
        required: [
            "version", "workload", "attempt", "generation", "node", "commandHash", "exitCode", "startedAt", "endedAt",
            "outputHash", "outputBytes", "logTruncated", "userTimeUs", "systemTimeUs", "maxMemory",
        ])
}

/// What the hub adds.
package struct HubStatement: Described, Hashable {
    package var receivedAt: String
    package var cost: Double
    package var currency: String
    /// What the rented machine costs an hour; nil on machines of one's own.
    package var perHour: Double?

    package init(receivedAt: String, cost: Double, currency: String, perHour: Double? = nil) {
        self.receivedAt = receivedAt
        self.cost = cost
        self.currency = currency
        self.perHour = perHour
    }

    package static let schema = JSONSchema.object(
        [
            "receivedAt": .timestamp, "cost": .number(minimum: 0), "currency": .string(),
            "perHour": .number(minimum: 0),
        ], required: ["receivedAt", "cost", "currency"])
}

/// A receipt with the keys that the registry holds for its signers, old ones included.
package struct ReceiptView: Described, Hashable {
    package var receipt: Receipt
    package var statement: NodeStatement
    package var hubStatement: HubStatement?
    /// Base64 SPKIs that were ever the node's.
    package var nodeKeys: [String]
    package var hubKeys: [String]

    package init(
        receipt: Receipt, statement: NodeStatement, hubStatement: HubStatement?, nodeKeys: [String], hubKeys: [String]
    ) {
        self.receipt = receipt
        self.statement = statement
        self.hubStatement = hubStatement
        self.nodeKeys = nodeKeys
        self.hubKeys = hubKeys
    }

    package static let schema = JSONSchema.object(
        [
            "receipt": Receipt.schema, "statement": NodeStatement.schema, "hubStatement": HubStatement.schema,
            "nodeKeys": .array(of: .string()), "hubKeys": .array(of: .string()),
        ], required: ["receipt", "statement", "nodeKeys", "hubKeys"])
}

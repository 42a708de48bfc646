import CallProtocol
import Harness
import NIOCore
import Operations

/// The message of the echo, with as many kinds of members as operations have.
struct EchoMessage: Described, Hashable {
    var id: String
    var node: String
    var at: Int64
    var attempt: Int
    var load: Double
    var labels: [String]
    var note: String

    static let schema = JSONSchema.object(
        [
            "id": .string(minLength: 26, maxLength: 26), "node": .string(minLength: 1, maxLength: 63),
            "at": .integer(minimum: 0), "attempt": .integer(minimum: 1), "load": .number(minimum: 0),
            "labels": .array(of: .string(), maxItems: 64), "note": .string(),
        ], required: ["id", "node", "at", "attempt", "load", "labels", "note"])

    /// The message of the harness, so that all products carry the same bytes.
    static func ofHarness() throws -> EchoMessage {
        try JSONCoding.decode(EchoMessage.self, from: ByteBuffer(bytes: Payload.bytes))
    }
}

/// The smallest typed operation: what it is given it gives back.
enum EchoOperation {
    static let echo = Operation<EchoMessage, EchoMessage>("bench/echo", .query, summary: "The input, given back")

    static var entry: OperationEntry { echo.handled { input, _ in input } }
}

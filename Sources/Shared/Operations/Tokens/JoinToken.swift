import CallProtocol
import NIOCore

/// What a machine needs to join: where the hub is, how to know it, and a secret that works once or a few times.
///
/// Written as `cap1_` and the base64url of `{"v","i","a","f","s"}`. Its text holds a secret: it is never logged.
package struct JoinToken: Hashable, Sendable {
    /// What every token begins with.
    package static let prefix = "cap1_"
    /// The longest text, in bytes.
    package static let maximumLength = 8_192
    /// How many addresses a token may hold.
    package static let maximumAddresses = 16
    /// Bytes of the secret.
    package static let secretLength = 32

    /// Names the token in lists and logs.
    package var id: String
    /// `HOST:PORT`, to be tried in turn; 1 to ``maximumAddresses``.
    package var addresses: [String]
    /// `sha256:` and 64 hex digits.
    package var hubFingerprint: String
    /// ``secretLength`` bytes.
    package var secret: [UInt8]

    /// The parts as they are; ``text`` writes what ``init(_:)`` reads back as long as the bounds are kept.
    package init(id: String, addresses: [String], hubFingerprint: String, secret: [UInt8]) {
        self.id = id
        self.addresses = addresses
        self.hubFingerprint = hubFingerprint
        self.secret = secret
    }

    /// Reads a token; white space around it does no harm.
    /// - Throws: ``JoinTokenError`` that says which part is wrong.
    package init(_ text: String) throws(JoinTokenError) {
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        let token = String(trimmed)
        guard !token.isEmpty else { throw .empty }
        guard token.utf8.count <= Self.maximumLength else { throw .tooLong(token.utf8.count) }
        guard token.hasPrefix(Self.prefix) else { throw .foreign }
        guard let bytes = Base64URL.decode(token.dropFirst(Self.prefix.count)), !bytes.isEmpty else { throw .garbled }
        let wire: Wire
        do {
            wire = try JSONCoding.decode(Wire.self, from: ByteBuffer(bytes: bytes))
        } catch {
            throw .garbled
        }
        guard wire.v == 1 else { throw .version(wire.v) }
        try self.init(wire)
    }

    private init(_ wire: Wire) throws(JoinTokenError) {
        guard (1...64).contains(wire.i.utf8.count) else { throw .field("token id") }
        guard
            (1...Self.maximumAddresses).contains(wire.a.count),
            wire.a.allSatisfy({ (1...300).contains($0.utf8.count) && !$0.contains(where: \.isLabelControl) })
        else { throw .field("hub addresses") }
        guard Self.isFingerprint(wire.f) else { throw .field("hub fingerprint") }
        guard let secret = Base64URL.decode(wire.s), secret.count == Self.secretLength else { throw .field("secret") }
        self.init(id: wire.i, addresses: wire.a, hubFingerprint: wire.f, secret: secret)
    }

    /// The token as it is handed out.
    package var text: String {
        let wire: JSONValue = [
            "v": 1, "i": .string(id), "a": .array(addresses.map { .string($0) }), "f": .string(hubFingerprint),
            "s": .string(Base64URL.encode(secret)),
        ]
        return Self.prefix + Base64URL.encode(Array(RawJSON(wire).buffer.readableBytesView))
    }

    /// The secret as `peer/enrol` takes it.
    package var secretText: String { Base64URL.encode(secret) }

    private struct Wire: Decodable {
        var v: Int
        var i: String
        var a: [String]
        var f: String
        var s: String
    }

    private static func isFingerprint(_ text: String) -> Bool {
        let hex = text.utf8.dropFirst(7)
        return text.hasPrefix("sha256:") && hex.count == 64
            && hex.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension JoinToken: CustomStringConvertible {
    /// Without the secret, so that a token that slips into a message gives nothing away.
    package var description: String { "token \(id)" }
}

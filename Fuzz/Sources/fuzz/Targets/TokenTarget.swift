import CallProtocol
import NIOCore
import Operations

/// A join token as somebody pastes it, and the JSON within one.
enum TokenTarget {
    static let target = FuzzTarget(
        name: "token", largest: 9000,
        words: Seeds.jsonWords + [
            JoinToken.prefix, "\"v\":1", "\"i\":", "\"a\":[", "\"f\":\"sha256:", "\"s\":\"", "-", "_", "=",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        read(String(decoding: bytes, as: UTF8.self))
        let wrapped = Base64URL.encode(bytes)
        must(Base64URL.decode(wrapped) == bytes, "base64url comes back")
        read(JoinToken.prefix + wrapped)
    }

    private static func read(_ text: String) {
        switch attempt(JoinTokenError.self, { try JoinToken(text) }) {
        case .failure(let error):
            // An error never repeats what may hold a secret.
            must(error.description.utf8.count < 120, "an error is short: \(error)")
            must(text.utf8.count < 16 || !error.description.contains(text), "an error does not repeat the text")
        case .success(let token):
            must(
                text.utf8.count <= JoinToken.maximumLength + 1024 || text.first?.isWhitespace ?? false
                    || text.last?.isWhitespace ?? false, "a token is within its bound")
            must(
                token.secret.count == JoinToken.secretLength && 1...JoinToken.maximumAddresses ~= token.addresses.count
                    && 1...64 ~= token.id.utf8.count && token.hubFingerprint.utf8.count == 71, "its parts are, too")
            must(!token.description.contains(token.secretText), "a token shows no secret")
            let again = attempt(JoinTokenError.self) { try JoinToken(token.text) }
            guard case .success(let again) = again else {
                // Escapes may be longer than what was read.
                return must(token.text.utf8.count > JoinToken.maximumLength, "\(token.text) can be read: \(again)")
            }
            must(again == token, "\(token) came back as \(again)")
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let fingerprint = "sha256:" + String(repeating: "0f", count: 32)
        let tokens = [
            JoinToken(
                id: "01J", addresses: ["hub.example:7443", "[::1]:7443"], hubFingerprint: fingerprint,
                secret: Array(0..<32)),
            JoinToken(
                id: String(repeating: "i", count: 64),
                addresses: Array(repeating: String(repeating: "h", count: 300), count: JoinToken.maximumAddresses),
                hubFingerprint: fingerprint, secret: Array(repeating: 255, count: 32)),
        ]
        let inner = tokens.map { Base64URL.decode($0.text.dropFirst(JoinToken.prefix.count)) ?? [] }
        return tokens.map { Array($0.text.utf8) } + inner
            + Seeds.texts([" \n" + tokens[0].text + "\t", JoinToken.prefix, ""])
    }
}

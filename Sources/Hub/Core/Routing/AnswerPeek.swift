package import CallProtocol
import NIOCore

/// How a node's answer to a routed call began, as far as the hub saw it pass.
package enum RoutedAnswer: Sendable, Hashable {
    /// A result, or an accepted session.
    case responded
    /// An error, with its code where it could be read.
    case error(ErrorCode?)
    case aborted
    /// Bytes came and do not say.
    case unread

    /// For the data of an audit event.
    package var word: String {
        switch self {
        case .responded: "responded"
        case .error: "error"
        case .aborted: "aborted"
        case .unread: "unread"
        }
    }
}

/// Looks at the first envelope of an answer while it passes, for the audit log, and at nothing behind it.
///
/// It keeps no byte back. A result is known by its first bytes, so that only an error, which is short, is ever copied.
struct AnswerPeek {
    /// Bytes that are looked at, at most.
    static let limit = 16 * 1024
    /// How our own side begins a result, behind the length.
    private static let result = Array(#"{"type":"call.responded""#.utf8)

    /// Nil until it is known.
    private(set) var answer: RoutedAnswer?
    private var seen = ByteBuffer()

    /// Takes note of the next bytes of the answer.
    mutating func look(at bytes: ByteBuffer) {
        guard answer == nil else { return }
        let part = bytes.getSlice(
            at: bytes.readerIndex, length: min(bytes.readableBytes, Self.limit - seen.readableBytes))
        if let part { seen.writeImmutableBuffer(part) }
        answer = judge()
        if answer != nil { seen = ByteBuffer() }
    }

    private func judge() -> RoutedAnswer? {
        guard let length = seen.getInteger(at: seen.readerIndex, as: UInt32.self) else { return nil }
        let start = seen.readerIndex + 4
        if let head = seen.getBytes(at: start, length: Self.result.count), head == Self.result { return .responded }
        if let json = seen.getSlice(at: start, length: Int(length)) { return Self.read(json) }
        return seen.readableBytes < Self.limit ? nil : .unread
    }

    private static func read(_ json: ByteBuffer) -> RoutedAnswer {
        guard let envelope = try? Envelope(json: json) else { return .unread }
        switch envelope.kind {
        case .responded, .completed: return .responded
        case .aborted: return .aborted
        case .error: return .error(try? JSONCoding.decode(CallError.self, from: envelope.payload).code)
        case .requested, .unknown: return .unread
        }
    }
}

/// Why a stream was reset or a link was closed, as it travels in RESET and GOAWAY: an open set of 32-bit numbers.
///
/// 1 to 12 are the call errors in the order of ``ErrorCode``; 32 and up belong to the link itself.
package struct LinkCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let notFound = LinkCode(rawValue: 1)
    package static let unauthenticatedCall = LinkCode(rawValue: 2)
    package static let forbidden = LinkCode(rawValue: 3)
    package static let invalidInput = LinkCode(rawValue: 4)
    package static let invalidOperationKind = LinkCode(rawValue: 5)
    package static let conflict = LinkCode(rawValue: 6)
    package static let failedPrecondition = LinkCode(rawValue: 7)
    package static let resourceExhausted = LinkCode(rawValue: 8)
    package static let unavailable = LinkCode(rawValue: 9)
    package static let timeout = LinkCode(rawValue: 10)
    package static let aborted = LinkCode(rawValue: 11)
    package static let internalError = LinkCode(rawValue: 12)

    /// The peer broke a rule of the frame protocol.
    package static let protocolViolation = LinkCode(rawValue: 32)
    /// More bytes than credit, or more credit than 2^31-1.
    package static let flow = LinkCode(rawValue: 33)
    /// A frame, an envelope or a chunk whose length or shape is not allowed.
    package static let frame = LinkCode(rawValue: 34)
    package static let tooManyStreams = LinkCode(rawValue: 35)
    package static let version = LinkCode(rawValue: 36)
    package static let superseded = LinkCode(rawValue: 37)
    package static let duplicatePeer = LinkCode(rawValue: 38)
    package static let shutdown = LinkCode(rawValue: 39)
    /// Stream identifiers are used up; the dialler makes a new link before this one ends.
    package static let renew = LinkCode(rawValue: 40)
    /// A frame that the state of its stream forbids, such as DATA after END.
    package static let streamState = LinkCode(rawValue: 41)
    /// The peer's key is not known, or no longer welcome.
    package static let unauthenticated = LinkCode(rawValue: 42)
}

extension LinkCode: CustomStringConvertible {
    package var description: String {
        switch self {
        case .protocolViolation: "protocol"
        case .flow: "flow"
        case .frame: "frame"
        case .tooManyStreams: "too_many_streams"
        case .version: "version"
        case .superseded: "superseded"
        case .duplicatePeer: "duplicate_peer"
        case .shutdown: "shutdown"
        case .renew: "renew"
        case .streamState: "stream_state"
        case .unauthenticated: "unauthenticated"
        default: ErrorCode(linkCode: self)?.rawValue ?? "code \(rawValue)"
        }
    }
}

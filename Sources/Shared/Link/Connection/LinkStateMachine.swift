package import CallProtocol

/// The rules of a link: when a frame is allowed, and what becomes of it. No channel, no clock, no I/O.
package struct LinkStateMachine: Sendable {
    package enum Side: Sendable {
        case dialler, listener
    }

    package enum Phase: Hashable, Sendable {
        /// TLS is not up; nothing may be written.
        case connecting
        /// The peer's HELLO has not come.
        case awaitingHello
        /// Calls flow.
        case ready
        /// GOAWAY was sent or received; live streams may finish.
        case draining
        case closed
    }

    package enum OpenVerdict: Hashable, Sendable {
        case accept
        /// The stream is refused; the link lives on.
        case refuse(LinkCode, String)
        /// The link ends.
        case violation(LinkCode, String)
    }

    /// What an id means that is in no table.
    package enum Absent: Hashable, Sendable {
        case closedBefore
        case neverOpened
    }

    package let side: Side
    package private(set) var phase = Phase.connecting
    package private(set) var lastRemoteStream: UInt32 = 0
    private var nextLocalStream: UInt32
    private var maximumRemoteStreams: Int
    private var maximumLocalStreams = 0

    /// An opener that reaches this id says GOAWAY `renew`.
    package static let lastStreamID: UInt32 = 0x8000_0000

    package init(side: Side, maximumRemoteStreams: UInt32, firstLocalStream: UInt32? = nil) {
        self.side = side
        self.maximumRemoteStreams = Int(maximumRemoteStreams)
        nextLocalStream = firstLocalStream ?? (side == .dialler ? 1 : 2)
    }

    package mutating func connected() {
        if phase == .connecting { phase = .awaitingHello }
    }

    /// The peer's HELLO was accepted; false when none was expected.
    package mutating func helloAccepted(maximumLocalStreams: UInt32) -> Bool {
        guard phase == .awaitingHello else { return false }
        phase = .ready
        self.maximumLocalStreams = Int(maximumLocalStreams)
        return true
    }

    /// Allows fewer streams of the peer than our HELLO said, once it is known who the peer is.
    package mutating func limitRemoteStreams(to count: Int) {
        maximumRemoteStreams = min(maximumRemoteStreams, count)
    }

    package mutating func startedDraining() {
        if phase == .ready { phase = .draining }
    }

    package mutating func closed() {
        phase = .closed
    }

    /// The peer opens `stream` while `openRemote` of its streams are open.
    package mutating func receiveOpen(_ stream: UInt32, openRemote: Int) -> OpenVerdict {
        let isOdd = stream % 2 == 1
        guard isOdd == (side == .listener) else {
            return .violation(.protocolViolation, "stream \(stream) is not the peer's to open")
        }
        guard stream > lastRemoteStream else {
            return .violation(.protocolViolation, "stream \(stream) does not rise above \(lastRemoteStream)")
        }
        lastRemoteStream = stream
        guard phase == .ready else { return .refuse(.shutdown, "the link takes no new streams") }
        guard openRemote < maximumRemoteStreams else {
            return .refuse(.tooManyStreams, "at most \(maximumRemoteStreams) streams may be open at once")
        }
        return .accept
    }

    /// The id of a stream of ours, or why there is none. `renew` means that the ids are used up.
    package mutating func open(openLocal: Int) throws(StreamFailure) -> UInt32 {
        switch phase {
        case .ready: break
        case .connecting, .awaitingHello: throw StreamFailure(.unavailable, "the link is not ready")
        case .draining, .closed: throw StreamFailure(.unavailable, "the link is closing")
        }
        guard nextLocalStream < Self.lastStreamID else { throw StreamFailure(.renew, "stream ids are used up") }
        guard openLocal < maximumLocalStreams else {
            throw StreamFailure(
                .resourceExhausted, "\(openLocal) streams are open on this link, the peer allows no more")
        }
        defer { nextLocalStream += 2 }
        return nextLocalStream
    }

    /// What a frame for an id in no table means.
    package func absent(_ stream: UInt32) -> Absent {
        let isRemote = (stream % 2 == 1) == (side == .listener)
        let wasOpened = isRemote ? stream <= lastRemoteStream : stream < nextLocalStream
        return wasOpened ? .closedBefore : .neverOpened
    }
}

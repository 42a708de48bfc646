import CallProtocol
import Foundation
import NIOCore
import Operations

/// One side of a session as its caller: what it sends, and all it has heard.
struct Talk: Sendable {
    let accepted: TTYOpened
    let stream: SessionStream

    /// Opens a program.
    init(_ spoke: Spoke, _ input: TTYOpenInput) async throws {
        (accepted, stream) = try await spoke.client.session(TTYOperations.open, input)
    }

    /// Joins a session.
    init(joining input: TTYAttachInput, _ spoke: Spoke) async throws {
        (accepted, stream) = try await spoke.client.session(TTYOperations.attach, input)
    }

    init(_ spoke: Spoke, _ script: String) async throws {
        try await self.init(spoke, TTYOpenInput(cmd: ["/bin/sh", "-c", script]))
    }

    func type(_ text: String) async throws { try await stream.send(.stdin, ByteBuffer(string: text)) }

    func signal(_ name: String) async throws {
        try await stream.sendControl(["type": "signal", "name": .string(name)])
    }

    func endInput() async throws { try await stream.sendControl(["type": "eof"]) }

    /// What a program had to say, and how it ended.
    struct Heard: Sendable {
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var acknowledged: Int64 = 0
        var exit: JSONValue?
        /// Kinds in the order they came, repeats left out: "1", "2", "1.", "ack", "exit".
        var order: [String] = []

        var code: Int64? { exit?["code"]?.integerValue }
        var text: String { String(decoding: stdout, as: UTF8.self) }
        var errors: String { String(decoding: stderr, as: UTF8.self) }

        mutating func note(_ kind: String) { if order.last != kind { order.append(kind) } }
    }

    /// Listens until `enough`, or to the end of the stream.
    func hear(_ heard: Heard = Heard(), until enough: (Heard) -> Bool = { _ in false }) async throws -> Heard {
        var heard = heard
        while !enough(heard), let part = try await stream.next() {
            switch part {
            case .bytes(.stdout, let bytes):
                heard.stdout += bytes.readableBytesView
                heard.note("1")
            case .bytes(.stderr, let bytes):
                heard.stderr += bytes.readableBytesView
                heard.note("2")
            case .empty(.stdout): heard.note("1.")
            case .control(let json):
                let control = try RawJSON(validating: json).value()
                if let count = control["stdin"]?.integerValue { heard.acknowledged = count }
                if control["type"] == "exit" { heard.exit = control }
                heard.note(control["type"]?.stringValue ?? "?")
            default: heard.note("unexpected")
            }
        }
        return heard
    }
}

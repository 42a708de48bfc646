import CallProtocol
import NIOCore
import Operations

/// The control objects of a session that the caller understands (spec: terminals, chunks).
enum SessionControl: Hashable, Sendable {
    /// How many bytes of stdin the program's side has taken, in all.
    case ack(Int64)
    case exit(SessionExit)
    /// Output that is not there any more, up to this offset.
    case gap(to: Int64)
    /// Somebody else writes from now on.
    case replaced
    /// Of a later version, or of no concern here.
    case other

    init(_ payload: ByteBuffer) {
        guard let value = try? RawJSON(validating: payload).value() else {
            self = .other
            return
        }
        switch value["type"]?.stringValue {
        case "ack": self = value["stdin"]?.integerValue.map { .ack($0) } ?? .other
        case "gap": self = value["to"]?.integerValue.map { .gap(to: $0) } ?? .other
        case "replaced": self = .replaced
        case "exit":
            self = .exit(
                SessionExit(
                    code: Int(clamping: value["code"]?.integerValue ?? -1),
                    signal: value["signal"]?.stringValue, error: value["error"]?.stringValue))
        default: self = .other
        }
    }

    static func signal(_ name: String, flush: Bool = false) -> JSONValue {
        var value: JSONValue = ["type": "signal", "name": .string(name)]
        if flush { value["flush"] = true }
        return value
    }

    static func resize(_ size: TerminalRequest) -> JSONValue {
        [
            "type": "resize", "cols": .integer(Int64(size.cols)), "rows": .integer(Int64(size.rows)),
            "pixel_width": .integer(Int64(size.pixelWidth ?? 0)),
            "pixel_height": .integer(Int64(size.pixelHeight ?? 0)),
        ]
    }

    static let endOfInput: JSONValue = ["type": "eof"]
}

/// How a session's program ended.
struct SessionExit: Hashable, Sendable {
    /// 0 to 255; -s when signal s ended it; -1 with ``error`` when the node could not tell.
    var code: Int
    var signal: String?
    var error: String?

    /// The code of `exec`: the program's own, 128+s for signals, 1 where the node could not tell.
    var processCode: Int32 {
        if code >= 0 { return Int32(truncatingIfNeeded: code & 0xFF) }
        if signal == nil, error != nil { return 1 }
        return Int32(128 + min(127, code.magnitude))
    }

    /// What is to be said of a program that was not started, as a shell would, or that could not be followed; else nil.
    func complaint(of program: String, wasStarted: Bool) -> String? {
        if let error { return error }
        guard !wasStarted else { return nil }
        switch code {
        case 127: return "\(program): no such program on the node"
        case 126: return "\(program): it cannot be executed"
        default: return nil
        }
    }
}

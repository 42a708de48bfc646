/// What is said on a session's socket once a caller has joined: type u8, length u32, so many bytes. Integers are big-endian.
enum SessionFrame {
    /// From who writes: input.
    static let input: UInt8 = 0
    /// To whom it concerns: output, of the same kinds as in a recording.
    static let stdout = Record.Kind.stdout.rawValue
    static let stderr = Record.Kind.stderr.rawValue
    /// From who writes: columns, rows, width and height in pixels, each u16.
    static let resize: UInt8 = 16
    /// From who writes: a number u8, u8 1 where input that is not read is to be thrown away, and the key u8 that is typed
    /// instead of the signal, 0 for none. It is no input that is counted.
    static let signal: UInt8 = 17
    /// From who writes: the input is over.
    static let endOfInput: UInt8 = 18
    /// To who writes: how much input the program was given, in all, u64.
    static let acknowledged: UInt8 = 19
    /// To who wrote: somebody else writes from now on.
    static let replaced: UInt8 = 20
    /// To who was too slow: what follows is no longer in memory. Then the connection is closed.
    static let behind: UInt8 = 21

    static let headLength = 5
    /// The largest payload of a frame.
    static let largest = 1 << 17

    static func add(_ type: UInt8, _ payload: [UInt8] = [], to buffer: inout [UInt8]) {
        head(type, payload.count, to: &buffer)
        buffer += payload
    }

    static func head(_ type: UInt8, _ length: Int, to buffer: inout [UInt8]) {
        buffer.append(type)
        withUnsafeBytes(of: UInt32(length).bigEndian) { buffer.append(contentsOf: $0) }
    }

    /// The first frame of a buffer from a place on: its type, and where its payload lies.
    enum Parsed {
        case frame(UInt8, Range<Int>)
        case incomplete
        /// Longer than any may be.
        case malformed
    }

    static func parse(_ buffer: [UInt8], from place: Int) -> Parsed {
        guard buffer.count - place >= headLength else { return .incomplete }
        let length = buffer[place + 1..<place + headLength].reduce(0) { $0 << 8 | Int($1) }
        guard length <= largest else { return .malformed }
        let begin = place + headLength
        guard buffer.count - begin >= length else { return .incomplete }
        return .frame(buffer[place], begin..<begin + length)
    }
}

/// What becomes of the bytes on a line. Nothing is ever reordered.
enum Weather: Sendable, Hashable, CustomStringConvertible {
    /// They pass.
    case fair
    /// They wait until the weather is another, as while a cable is out.
    case stalled
    /// They are lost for good, and nobody is told: what is connected now, or is connected meanwhile, is half-open, and
    /// stays so whatever the weather does.
    case dead
    /// Each waits so long.
    case delayed(milliseconds: Int)
    /// So many pass at once, then there is a pause.
    case trickling(bytes: Int, milliseconds: Int)
    /// In one of so many portions one bit is another.
    case corrupting(oneOf: Int)

    var description: String {
        switch self {
        case .fair: "fair"
        case .stalled: "stalled"
        case .dead: "half-open"
        case .delayed(let pause): "delayed by \(pause) ms"
        case .trickling(let bytes, let pause): "\(bytes) bytes each \(pause) ms"
        case .corrupting(let portions): "a bit of one of \(portions) portions flipped"
        }
    }
}

/// How a connection is broken.
enum Cut: Sendable, CaseIterable {
    /// Both sides get a FIN, as from a process that ended.
    case finish
    /// Both sides get a RST, as from a machine that has forgotten the connection.
    case reset
}

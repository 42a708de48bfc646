/// Why an engine did not do what it was asked.
package enum EngineError: Error, Hashable, Sendable {
    /// Nothing listens there, or nothing that is there may be spoken to.
    case unreachable(EngineAddress, reason: String)
    /// It is there and too old, or no engine at all.
    case unusable(String)
    /// It refused: its HTTP status and its own words.
    case refused(status: Int, message: String)
    /// What it answered is not what engines answer.
    case malformed(String)
    /// The connection ended in the middle of an answer.
    case broken(String)
}

extension EngineError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let address, let reason): "no engine answers at \(address): \(reason)"
        case .unusable(let reason): reason
        case .refused(let status, let message): "the engine refused (\(status)): \(message)"
        case .malformed(let what): "the engine answered with something else: \(what)"
        case .broken(let reason): "the engine went away in the middle of its answer: \(reason)"
        }
    }

    /// Whether the engine was not there, or not for long enough: to be asked again when it is back.
    package var isAbsence: Bool {
        switch self {
        case .unreachable, .broken: true
        case .unusable, .refused, .malformed: false
        }
    }
}

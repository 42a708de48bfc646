import CallProtocol

/// A command that knows what its caller can do about an error of the hub, where that depends on who the caller is.
protocol Advising {
    /// What to do; nil where the error's own message is all there is to say.
    func advice(for code: ErrorCode) -> String?
}

extension Failure {
    /// The failure of a command, with its advice where it has none of its own.
    init(_ error: any Error, of command: Any) {
        self.init(error)
        // Who calls an operation by its name has written its fields.
        if let error = error as? CallError, !(command is Call) {
            message = FieldWords.message(for: error, of: command) ?? message
        }
        advice = advice ?? (command as? any Advising)?.advice(for: code)
    }
}

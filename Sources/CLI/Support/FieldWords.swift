import CallProtocol

/// What the fields of operations are called on the command line.
///
/// A hub names fields, because its callers write them; who gave a flag is to read of the flag.
enum FieldWords {
    private static let flags = [
        "approve": "--approve", "cmd": "the program", "cpus": "--cpus", "cwd": "--cwd", "env": "--env",
        "instance": "--instance", "labels": "--label", "logLimitBytes": "--log-limit", "memory": "--memory",
        "name": "--name", "node": "the node", "peer": "the operator", "priority": "--priority",
        "resources": "--resource", "retries": "--retries", "role": "the role", "timeLimitMs": "--time-limit",
        "token": "the token", "ttlMs": "--ttl", "uses": "--uses", "workload": "the workload",
    ]

    /// The words for an error that lists what is wrong with the input; nil for any other.
    static func message(for error: CallError) -> String? {
        guard error.code == .invalidInput, case .array(let violations)? = error.details?["violations"] else {
            return nil
        }
        let texts = violations.compactMap(\.stringValue)
        return texts.isEmpty ? nil : texts.map(sentence).joined(separator: "; ")
    }

    /// `name: must not be empty` with the flag in place of the field; what lies deeper keeps its path behind it.
    private static func sentence(_ violation: String) -> String {
        let field = violation.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        let rest = violation.dropFirst(field.count)
        guard let flag = flags[String(field)], let next = rest.first, ":.[".contains(next) else { return violation }
        return next == "." ? "\(flag) \(rest.dropFirst())" : flag + rest
    }
}

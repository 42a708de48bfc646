import ArgumentParser
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
    /// - Parameter command: the one that was given, which may take as an argument what others take as a flag.
    static func message(for error: CallError, of command: Any) -> String? {
        guard error.code == .invalidInput, case .array(let violations)? = error.details?["violations"] else {
            return nil
        }
        let texts = violations.compactMap(\.stringValue)
        let arguments = Mirror(reflecting: command).children.compactMap { $0.value is any AnyArgument ? $0.label : nil }
        return texts.isEmpty ? nil : texts.map { sentence($0, arguments) }.joined(separator: "; ")
    }

    /// `name: must not be empty` with the flag in place of the field; what lies deeper keeps its path behind it.
    ///
    /// - Parameter arguments: the properties that hold arguments, as Swift stores them.
    private static func sentence(_ violation: String, _ arguments: [String]) -> String {
        let field = violation.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        let rest = violation.dropFirst(field.count)
        guard let flag = flags[String(field)], let next = rest.first, ":.[".contains(next) else { return violation }
        if arguments.contains("_\(field)"), flag.hasPrefix("--") { return "the \(field)\(rest)" }
        return next == "." ? "\(flag) \(rest.dropFirst())" : flag + rest
    }
}

/// An argument of a command, whatever it holds.
private protocol AnyArgument {}

extension Argument: AnyArgument {}

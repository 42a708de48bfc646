import CallProtocol
import Logging
import Operations

/// The spoke's own record of what was done on its machine, and for whom: a line for every mutation and session, when it
/// is over. Never an input.
struct AuditLog: Sendable {
    let logger: Logger

    func write(_ event: AuditEvent) {
        var metadata: Logger.Metadata = [
            "operation": .string(event.operation), "kind": .string(event.kind.rawValue),
            "result": .string(event.error?.rawValue ?? "ok"),
        ]
        if let person = event.forwardedFor {
            metadata["caller"] = .string(person.name)
            metadata["callerId"] = .string(person.peer)
            metadata["role"] = .string(person.role)
        } else {
            metadata["caller"] = .string(event.caller)
            metadata["role"] = .string(event.role)
        }
        logger.info("audit", metadata: metadata)
    }
}

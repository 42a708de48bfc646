import Agent
import CallProtocol
import Daemon
import Formats
import Link
import Logging
import NIOCore

/// What the running spoke last knew of its link, for `spoke status`: `status.json` in the state directory.
struct SpokeStatusFile: Sendable {
    static let name = "status.json"

    let directory: StateDirectory
    let identity: SpokeIdentity

    /// - Parameter since: when the link came to be as it is, in unix milliseconds.
    func write(_ status: SpokeAgent.Status, since: Int64, logger: Logger) {
        let before = try? Self.read(directory)
        var value: JSONValue
        switch status {
        case .connected: value = link("connected", since, before)
        case .disconnected(let reason):
            value = link("disconnected", since, before)
            value["reason"] = .string(reason)
        case .keyRotated(let key):
            value = before ?? link("disconnected", since, nil)
            value["rotation"] = ["state": "done", "fingerprint": .string(key.text)]
        case .keyRefused(let key, let reason):
            value = before ?? link("connected", since, nil)
            value["rotation"] = ["state": "refused", "fingerprint": .string(key.text), "reason": .string(reason)]
        }
        do {
            try AtomicFile.write("\(value)\n", to: directory.file(Self.name))
        } catch {
            logger.warning("status file", metadata: ["error": .string("\(error)")])
        }
    }

    /// The state of the link from now on; how the last change of the key ended stays.
    private func link(_ state: String, _ since: Int64, _ before: JSONValue?) -> JSONValue {
        var value: JSONValue = [
            "node": .string(identity.name), "id": .string(identity.peerId),
            "hub": .array(identity.addresses.map { .string($0.description) }),
            "since": .string(RFC3339.string(since)), "link": .string(state),
        ]
        if let rotation = before?["rotation"] { value["rotation"] = rotation }
        return value
    }

    func remove() { try? AtomicFile.remove(directory.file(Self.name)) }

    /// What was written last; nil when nothing was.
    static func read(_ directory: StateDirectory) throws -> JSONValue? {
        guard let bytes = try AtomicFile.readIfPresent(directory.file(name), limit: 65_536) else { return nil }
        return try? JSONParser.parse(ByteBuffer(bytes: bytes))
    }
}

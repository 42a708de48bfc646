/// The payloads that every call has, written and read without the way through `Codable`.
///
/// The result is the same; a payload with something unusual in it is left to the long way, which also says what is wrong.
extension CallRequest {
    /// - Throws: `DecodingError`.
    package init(payload: RawJSON) throws {
        self =
            if let quick = Self.read(payload) { quick } else { try JSONCoding.decode(CallRequest.self, from: payload) }
    }

    private static func read(_ payload: RawJSON) -> CallRequest? {
        guard let node = payload.node, node.kind == .object else { return nil }
        var request = CallRequest(operation: "")
        var isNamed = false
        let isUsual = node.allMembers { key, value in
            guard value.kind != .null else { return !key.says(Key.operationId) }
            if key.says(Key.operationId) {
                guard let name = value.string else { return false }
                request.operationId = name
                isNamed = true
            } else if key.says(Key.input) {
                request.input = value.raw
            } else if key.says(Key.deadlineMs) {
                request.deadlineMs = value.integer
                return request.deadlineMs != nil
            } else if key.says(Key.node) {
                guard let name = value.string else { return false }
                request.node = .named(name)
            } else if key.says(Key.idempotencyKey) {
                request.idempotencyKey = value.string
                return request.idempotencyKey != nil
            } else if key.says(Key.carriage) {
                request.carriage = value.string.flatMap(Carriage.init)
                return request.carriage != nil
            } else if key.says(Key.forwardedFor) {
                request.forwardedFor = ForwardedFor(node: value)
                return request.forwardedFor != nil
            }
            return true
        }
        return isUsual && isNamed ? request : nil
    }

    private enum Key {
        static let operationId = Array("operationId".utf8)
        static let input = Array("input".utf8)
        static let carriage = Array("carriage".utf8)
        static let node = Array("node".utf8)
        static let deadlineMs = Array("deadlineMs".utf8)
        static let idempotencyKey = Array("idempotencyKey".utf8)
        static let forwardedFor = Array("forwardedFor".utf8)
    }

    /// Appends the request as one value.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("operationId")
        writer.string(operationId)
        if let input {
            writer.key("input")
            writer.raw(input)
        }
        if let carriage { writer.member("carriage", carriage.rawValue) }
        if let node {
            writer.key("node")
            node.write(to: &writer)
        }
        if let deadlineMs {
            writer.key("deadlineMs")
            writer.integer(deadlineMs)
        }
        if let idempotencyKey { writer.member("idempotencyKey", idempotencyKey) }
        if let forwardedFor {
            writer.key("forwardedFor")
            writer.beginObject()
            writer.member("peer", forwardedFor.peer)
            writer.member("name", forwardedFor.name)
            writer.member("role", forwardedFor.role)
            if let resources = forwardedFor.resources {
                writer.key("resources")
                writer.beginArray()
                for pattern in resources { writer.string(pattern) }
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endObject()
    }
}

extension NodeSelector {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .named(let name): writer.string(name)
        case .labels(let labels):
            writer.beginObject()
            writer.key("labels")
            writer.beginObject()
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) { writer.member(key, value) }
            writer.endObject()
            writer.endObject()
        }
    }
}

extension ForwardedFor {
    fileprivate init?(node: JSONNode) {
        guard let peer = node.member("peer")?.string, let name = node.member("name")?.string,
            let role = node.member("role")?.string
        else { return nil }
        var resources: [String]?
        if let written = node.member("resources"), written.kind != .null {
            var patterns: [String] = []
            let isUsual =
                written.kind == .array
                && written.allElements { element in
                    guard let pattern = element.string else { return false }
                    patterns.append(pattern)
                    return true
                }
            guard isUsual else { return nil }
            resources = patterns
        }
        self.init(peer: peer, name: name, role: role, resources: resources)
    }
}

extension CallResponse {
    /// - Throws: `DecodingError`.
    package init(payload: RawJSON) throws {
        if let output = payload.node?.member("output") {
            self.init(output: output.raw)
        } else {
            self = try JSONCoding.decode(CallResponse.self, from: payload)
        }
    }

    /// Appends the response as one value.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("output")
        writer.raw(output)
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }
}

import CallProtocol
import Operations

extension ContainerView {
    /// The container as JSON, with the node it is on.
    func shown(on node: String) throws -> JSONValue {
        var value = try JSONCoding.value(of: self)
        value["node"] = .string(node)
        return value
    }

    /// `8080->80/tcp, 443/tcp`
    var portsText: String {
        var texts: [String] = []
        for port in ports {
            let inside = "\(port.container)/\((port.protocol ?? .tcp).rawValue)"
            let text = port.host.map { "\($0)->\(inside)" } ?? inside
            // One for each address family says nothing more.
            if !texts.contains(text) { texts.append(text) }
        }
        return texts.joined(separator: ", ")
    }
}

extension ContainerLogEntry {
    /// The bytes that were written.
    func bytes() -> [UInt8] { OutputBytes.of(text: text, base64: base64) }
}

extension ContainerExecOutput {
    /// The bytes that were written.
    func bytes() -> [UInt8] { OutputBytes.of(text: text, base64: base64) }
}

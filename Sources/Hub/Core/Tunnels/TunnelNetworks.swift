import CallProtocol
import Link
import NIOCore

/// The networks that may use a tunnel, as the store keeps them.
enum TunnelNetworks {
    /// - Throws: `INVALID_INPUT` for the first that is no network.
    static func encode(_ networks: [String]?) throws(CallError) -> String? {
        guard let networks else { return nil }
        for (index, text) in networks.enumerated() where AddressRange(text) == nil {
            throw CallError(
                .invalidInput,
                "access.allowFrom[\(index)]: `\(text)` is neither an address nor a network (192.0.2.0/24)")
        }
        do { return try JSONCoding.encode(networks).description } catch {
            throw CallError(.invalidInput, "access.allowFrom: \(error)")
        }
    }

    static func decode(_ text: String?) -> [String]? {
        text.flatMap { try? JSONCoding.decode([String].self, from: ByteBuffer(string: $0)) }
    }
}

import CallProtocol
import Glibc
import Operations

/// Asks a person which of this machine's tunnels is meant.
struct TunnelPicker {
    let tunnels: [TunnelView]

    private static let words = "neither --endpoint nor --id is given"
    private static let making = "--endpoint http://HOST:PORT makes one; with --node NODE it goes by a node"

    /// - Throws: a ``Failure`` of exit code 64 where nobody can be asked.
    static func requireTerminal() throws {
        guard isatty(0) == 1, isatty(2) == 1 else { throw Failure(.failedPrecondition, words, advice: making) }
    }

    /// The only one, or the one that is picked.
    func picked() throws -> TunnelView {
        if tunnels.count == 1 { return tunnels[0] }
        guard !tunnels.isEmpty else {
            throw Failure(
                .failedPrecondition, "\(Self.words), and there is no tunnel of this machine", advice: Self.making)
        }
        for (number, tunnel) in tunnels.enumerated() {
            let line = "\(number + 1)  \(tunnel.label ?? tunnel.id)  \(tunnel.endpoint) by \(tunnel.node)"
            StandardError.write(CellText.line(line) + "\n")
        }
        StandardError.write("which one (1-\(tunnels.count))? ")
        guard let number = readLine().flatMap({ Int($0) }), tunnels.indices.contains(number - 1) else {
            throw Failure(.failedPrecondition, "none of them was chosen")
        }
        return tunnels[number - 1]
    }
}

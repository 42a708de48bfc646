/// How a signal of a caller comes to the program of a session.
enum SignalWay: Sendable, Hashable {
    case sent
    /// The program is on another host, and hears only what is typed into its terminal.
    case typed
    /// The program is in a container, and what carries it passes the signal on.
    case relayed

    init(backend: String?, hasTerminal: Bool) {
        switch backend {
        case SSHBackend.name: self = hasTerminal ? .typed : .sent
        case ContainerBackend.name: self = .relayed
        default: self = .sent
        }
    }
}

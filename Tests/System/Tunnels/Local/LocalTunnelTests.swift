import Testing

/// One after the other: each starts a fleet and programs beside it, and other suites do at the same time.
@Suite("Tunnels of this machine", .serialized)
enum LocalTunnelTests {}

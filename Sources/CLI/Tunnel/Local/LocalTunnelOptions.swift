import ArgumentParser
import CallProtocol
import Glibc

/// One of this machine's tunnels, by the name that this machine has for it.
struct LocalTunnelOptions: ParsableArguments {
    @Option(help: "What this machine calls it.", completion: .localTunnels) var name: String

    @Flag(help: "Of the whole machine, not of this user.") var system = false

    var scope: TunnelRepo.Scope { system ? .system : .user }

    var repo: TunnelRepo { get throws { try TunnelRepo(name, scope) } }

    /// The one that is meant, which has to have been set up here.
    /// - Throws: a ``Failure`` where it was not, or where it takes root and there is none.
    func known() throws -> (repo: TunnelRepo, settings: TunnelSettings) {
        let repo = try repo
        try Self.requireRoot(repo.scope)
        return (repo, try TunnelSettings.load(repo))
    }

    /// - Throws: a ``Failure`` of exit code 77 where it takes root and there is none.
    static func requireRoot(_ scope: TunnelRepo.Scope) throws {
        guard scope == .system, geteuid() != 0 else { return }
        throw Failure(
            .forbidden, "--system is for root", advice: "sudo, or leave --system out for a tunnel of your own")
    }
}

extension CompletionKind {
    static var localTunnels: CompletionKind { .shellCommand("capstan tunnel ps --quiet 2>/dev/null") }
}

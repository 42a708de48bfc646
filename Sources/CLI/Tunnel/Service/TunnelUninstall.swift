import ArgumentParser
import CallProtocol
import Daemon
import Logging
import NIOPosix
import Operations

/// `capstan tunnel uninstall`
struct TunnelUninstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Stop a tunnel's service and take it away.",
        discussion: .flowing(
            """
            The tunnel stays at the hub, disabled, with its address, and its key here, so that it can be installed again. With \
            --purge both are deleted.

            Example:
              capstan tunnel uninstall --name notebook
              capstan tunnel uninstall --name notebook --purge
            """))

    @OptionGroup var local: LocalTunnelOptions
    @Flag(help: "Delete the tunnel at the hub too, and what this machine keeps of it.") var purge = false
    @Option(
        help: ArgumentHelp("Where the unit is; the service manager's own folder when left out.", valueName: "dir"),
        completion: .directory)
    var unitDir: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let repo = try local.repo
        try LocalTunnelOptions.requireRoot(repo.scope)
        let unit = try TunnelUnit(repo, folder: unitDir)
        let settings = try TunnelSettings.loadIfPresent(repo)
        guard unit.isInstalled || (purge && settings != nil) else {
            throw Failure(
                .failedPrecondition, "the tunnel \(repo.name) is not installed",
                advice: settings == nil ? nil : "capstan tunnel stop \(repo.arguments) stops it; --purge deletes it")
        }
        if unit.isInstalled, unit.manager.isAtWork { try await unit.manager.disable(unit.unit) }
        _ = try await TunnelStopping(repo: repo).run()
        if unit.isInstalled {
            try unit.remove()
            if unit.manager.isAtWork { try await unit.manager.reload() }
        }
        guard purge, let settings else {
            return output.printer.notice("\(repo.name) is no service any more; its address stays its own")
        }
        guard await TunnelPurge(repo: repo, settings: settings).run() else {
            throw Failure(
                .unavailable, "the tunnel \(repo.name) could not be deleted at the hub, and is kept here",
                advice: "try again, or: capstan tunnel delete \(settings.tunnel)")
        }
        output.printer.notice("\(repo.name) is deleted")
    }
}

/// Deletes a tunnel at the hub, and then everything that this machine keeps of it.
struct TunnelPurge: Sendable {
    let repo: TunnelRepo
    let settings: TunnelSettings

    /// - Returns: false where nobody here could delete it at the hub; all is kept then.
    @discardableResult
    func run() async -> Bool {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var isGone = await isDeleted {
            let peer = try await TunnelPeer.open(
                in: try repo.project(settings.project), name: repo.peerName, source: try settings.source(group),
                group: group, logger: Logger(label: "tunnel") { _ in SwiftLogNoOpLogHandler() })
            try await peer.during { try await delete(over: $0) }
        }
        // Its key may have no right any more, and the person who is logged in here one.
        if !isGone, let context = try? ContextStore().choose(settings.context) {
            isGone = await isDeleted { try await delete(over: HubConnector(context, group: group)) }
        }
        if isGone { repo.remove() }
        return isGone
    }

    private func delete(over connector: HubConnector) async throws {
        _ = try await connector.ask(
            TunnelOperations.delete, TunnelRef(id: settings.tunnel), until: TunnelSetup.deadline(nil))
    }

    /// One that is not there any more is deleted.
    private func isDeleted(_ body: () async throws -> Void) async -> Bool {
        do { try await body() } catch { return Failure(error).code == .notFound }
        return true
    }
}

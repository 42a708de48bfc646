import CallProtocol
import Daemon
import Link
import Logging
import NIOPosix
import Operations

/// Finds out by whom a tunnel of the foreground is carried, and sets up what keeps it open.
struct TunnelStage: Sendable {
    let options: TunnelOptions
    /// What this machine calls it.
    let name: String?
    let global: GlobalOptions

    /// What keeps the tunnel open, and what it holds for that.
    struct Prepared: Sendable {
        var runtime: TunnelRuntime
        var repo: TunnelRepo?
        var lock: SingletonLock?
    }

    /// - Parameters:
    ///   - found: a tunnel that is there and is meant; nil for the one to the endpoint.
    ///   - taking: over the operator's link.
    func set(
        _ found: TunnelView?, _ endpoint: String?, _ taking: TunnelTaking
    ) async throws -> Prepared {
        let teller = TunnelPrinter(printer: global.printer)
        if let found, found.carriedBy == .spoke {
            return Prepared(
                runtime: TunnelRuntime(peer: nil, connector: taking.connector, teller: teller) {
                    (try await taking.enabled(found), false)
                })
        }
        if found == nil, let endpoint, let node = options.node {
            return Prepared(
                runtime: TunnelRuntime(peer: nil, connector: taking.connector, teller: teller) {
                    let me = try await taking.connector.ask(PeerOperations.me, Empty(), until: taking.deadline).id
                    return try await taking.taken(endpoint, by: me, node: node)
                })
        }
        let (repo, directory) = try place(found, endpoint)
        let lock = try repo.lock()
        let peer: TunnelPeer
        do { peer = try await open(repo, directory, taking.connector) } catch {
            if !repo.isEnrolled { repo.remove() }
            throw error
        }
        let own = TunnelTaking(
            options: options, connector: peer.connector, deadline: TunnelSetup.deadline(global.wait))
        let runtime = TunnelRuntime(
            peer: peer, connector: own.connector, teller: teller, mayBeAnother: found == nil
        ) {
            if let found { return (try await own.enabled(found), false) }
            return try await own.taken(endpoint ?? "", by: peer.id, node: nil)
        }
        return Prepared(runtime: runtime, repo: repo, lock: lock)
    }

    /// Where the key of a tunnel that ends at this machine is.
    /// - Throws: a ``Failure`` of exit code 64 for a tunnel that ends at another machine.
    private func place(_ found: TunnelView?, _ endpoint: String?) throws -> (TunnelRepo, StateDirectory) {
        guard let found else {
            let repo =
                if let name { try TunnelRepo(name, .user) } else {
                    try TunnelRepo(
                        unnamed: endpoint ?? "", project: options.project, hub: try context().fingerprints)
                }
            return (repo, try repo.project(options.project))
        }
        guard let place = try TunnelRepo.holding(found.nodeId) else {
            throw Failure(
                .conflict, "the tunnel \(found.label ?? found.id) ends at another machine, \(found.node)",
                advice: "run it there, or make one of this machine with --endpoint")
        }
        return place
    }

    private func context() throws -> HubContext { try ContextStore().choose(global.context) }

    private func open(
        _ repo: TunnelRepo, _ directory: StateDirectory, _ connector: HubConnector
    ) async throws -> TunnelPeer {
        let (context, printer) = (try context(), global.printer)
        return try await TunnelPeer.open(
            in: directory, name: repo.peerName, hub: context.fingerprints,
            source: OperatorSource(context: context, connector: connector),
            group: MultiThreadedEventLoopGroup(numberOfThreads: 1),
            logger: Logger(label: "tunnel") { _ in SwiftLogNoOpLogHandler() }
        ) { reason in printer.notice(reason) }
    }
}

import Agent
import CallProtocol
import Daemon
import Formats
import Glibc
import Logging
import NIOPosix
import Operations

/// Prepares a tunnel that is to run by itself: its key, its place at the hub, its settings. Nothing is left behind where that fails.
struct TunnelSetup: Sendable {
    let repo: TunnelRepo
    let options: TunnelOptions
    /// Of the operator who is logged in here.
    let context: HubContext?
    let helper: CredentialsHelper?
    let wait: Duration?

    /// What the command line says.
    /// - Throws: a ``Failure``: 2 for a context that is not there, 78 for a helper that is none, or without either.
    init(repo: TunnelRepo, options: TunnelOptions, helper: HelperOption, global: GlobalOptions) throws {
        self.repo = repo
        self.options = options
        self.helper = try helper.resolved()
        let settings = try? TunnelSettings.loadIfPresent(repo)
        let hasHelper = self.helper != nil || settings?.credentialsHelper != nil
        context = hasHelper ? nil : try ContextStore().choose(global.context)
        wait = global.wait
    }

    static func deadline(_ wait: Duration?) -> Deadline { Deadline(in: wait ?? .seconds(30)) }

    /// - Throws: a ``Failure``: 64 for one that runs already or is another, 78 without a credential.
    @discardableResult
    func run() async throws -> TunnelSettings {
        let wasEnrolled = repo.isEnrolled
        let lock = try repo.setupLock()
        defer { lock.release() }
        // What is refused here is somebody else's, or nothing that is there yet.
        let before: TunnelSettings?
        do { before = try checked() } catch {
            if !wasEnrolled, try TunnelState(repo).status == .stopped { repo.remove() }
            throw error
        }
        do { return try await settle(before) } catch {
            if !wasEnrolled { repo.remove() }
            throw error
        }
    }

    /// The settings that are there, if they are of what is wanted.
    private func checked() throws -> TunnelSettings? {
        let before = try TunnelSettings.loadIfPresent(repo)
        try check(against: before)
        let state = try TunnelState(repo)
        guard !state.isAlive else {
            throw Failure(
                .conflict, "the tunnel \(repo.name) runs already (pid \(state.pid.map { "\($0)" } ?? "?"))",
                advice: "capstan tunnel status \(repo.arguments); another --name makes another one")
        }
        return before
    }

    private func check(against before: TunnelSettings?) throws {
        if let before, let project = options.project, project != before.project {
            throw Failure(
                .conflict,
                "the tunnel \(repo.name) belongs to \(before.project.map { "the project \($0)" } ?? "no project")",
                advice: "leave --project out, or take another --name")
        }
        guard options.endpoint != nil || before != nil else {
            throw Failure(
                .failedPrecondition, "there is no tunnel \(repo.name) yet, and no --endpoint is given",
                advice: "--endpoint http://HOST:PORT makes it")
        }
    }

    /// By whose right.
    private func source(
        _ group: MultiThreadedEventLoopGroup, _ before: TunnelSettings?
    ) throws -> any BearerSource {
        if let helper = try helper ?? before?.helper() { return HelperSource(helper: helper, group: group) }
        guard let context else {
            throw Failure.notConfigured(
                "nobody is logged in here, and there is no credentials helper",
                advice: "capstan login TOKEN, or --credentials-helper PROGRAM")
        }
        return OperatorSource(context: context, connector: HubConnector(context, group: group))
    }

    private func settle(_ before: TunnelSettings?) async throws -> TunnelSettings {
        let endpoint = try TunnelTaking.endpoint(options.endpoint)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let peer = try await TunnelPeer.open(
            in: try repo.project(before?.project ?? options.project), name: repo.peerName,
            hub: helper == nil ? context?.fingerprints : nil, source: try source(group, before), group: group,
            logger: Logger(label: "tunnel") { _ in SwiftLogNoOpLogHandler() })
        return try await peer.during(mayBeAnother: endpoint != nil) { connector in
            // It takes connections when it runs.
            let taking = TunnelTaking(
                options: options, connector: connector, deadline: Self.deadline(wait), enables: false)
            let (view, isNew) = try await found(before, endpoint, taking, peer)
            let settings = TunnelSettings(
                name: repo.name, tunnel: view.id, project: view.project,
                credentialsHelper: helper?.path ?? before?.credentialsHelper,
                context: helper == nil && before?.credentialsHelper == nil ? context?.name : nil,
                createdAt: before?.createdAt ?? view.createdAt)
            do {
                try settings.save(in: repo)
            } catch {
                if isNew {
                    _ = try? await connector.ask(
                        TunnelOperations.delete, TunnelRef(id: view.id), until: Self.deadline(nil))
                }
                throw error
            }
            return settings
        }
    }

    private func found(
        _ before: TunnelSettings?, _ endpoint: String?, _ taking: TunnelTaking, _ peer: TunnelPeer
    ) async throws -> (view: TunnelView, isNew: Bool) {
        if let before {
            do {
                return (try await taking.adopted(try await taking.shown(before.tunnel, leadingTo: endpoint)), false)
            } catch let error as CallError where error.code == .notFound && endpoint != nil {
                // It was deleted at the hub meanwhile.
            }
        }
        guard let endpoint else {
            throw Failure(
                .notFound, "the tunnel \(repo.name) was deleted at the hub", advice: "--endpoint makes it anew")
        }
        return try await taking.taken(endpoint, by: peer.id, node: options.node)
    }
}

extension TunnelRepo {
    /// Removes everything that is kept of it.
    func remove() { Folder.remove(directory.path) }
}

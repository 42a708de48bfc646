import ArgumentParser
import CallProtocol
import Daemon
import Operations

/// `capstan tunnel install`
struct TunnelInstall: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Make a tunnel a service that runs from now on.",
        discussion: .flowing(
            """
            Everything is checked first, and nothing is left behind where something is wrong. The service is a unit of \
            systemd, capstan-tunnel-user-NAME or, with --system, capstan-tunnel-system-NAME; it is started at once where \
            systemd is at work. --print shows the definition, also for launchd, and installs nothing.

            Example:
              capstan tunnel install --name notebook --endpoint 8888
              sudo capstan tunnel install --name db --endpoint tcp://[::1]:5432 --system
              capstan tunnel install --name notebook --print launchd
            """))

    enum Definition: String, ExpressibleByArgument, CaseIterable {
        case systemd, launchd
    }

    @OptionGroup var local: LocalTunnelOptions
    @OptionGroup var helper: HelperOption
    @OptionGroup var tunnel: TunnelOptions
    @Option(
        help: ArgumentHelp("Where the unit goes; the service manager's own folder when left out.", valueName: "dir"),
        completion: .directory)
    var unitDir: String?
    @Flag(help: "Do not start it now.") var noStart = false
    @Option(help: "Print its definition instead: systemd or launchd.") var print: Definition?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let repo = try local.repo
        let unit = try TunnelUnit(repo, folder: unitDir)
        if let print { return try await show(print, unit) }
        try LocalTunnelOptions.requireRoot(repo.scope)
        guard !unit.isInstalled else {
            throw Failure(
                .conflict, "there is a service \(unit.unit) already",
                advice: "capstan tunnel uninstall \(repo.arguments), or another --name")
        }
        let setup = try TunnelSetup(repo: repo, options: tunnel, helper: helper, global: global)
        let noStart = noStart
        let settings = try await Interruptible.run {
            try await checkRight(setup)
            let before = try TunnelSettings.loadIfPresent(repo)
            let settings = try await setup.run()
            do {
                try await unit.install(now: !noStart)
                return settings
            } catch {
                // Also when it was cancelled.
                await Task {
                    await unit.withdraw()
                    if let before {
                        try? before.save(in: repo)
                    } else {
                        await TunnelPurge(repo: repo, settings: settings).run()
                    }
                }.value
                throw error
            }
        }
        let printer = global.printer
        try await printer.value([
            "name": .string(repo.name), "unit": .string(unit.unit), "path": .string(unit.path),
            "id": .string(settings.tunnel),
        ]) { unit.path + "\n" }
        printer.notice(
            unit.manager.isAtWork
                ? noStart
                    ? "installed; capstan tunnel start \(repo.arguments) starts it"
                    : "running; capstan tunnel status \(repo.arguments) shows progress"
                : "installed; systemd is not at work here, so it was not started")
    }

    /// Whether there is a credential, and with it the right to make tunnels; nothing is made for that.
    private func checkRight(_ setup: TunnelSetup) async throws {
        if let helper = setup.helper { _ = try await helper.token() }
        guard let context = setup.context else { return }
        let connector = HubConnector(context)
        do {
            _ = try await connector.ask(
                OperationOperations.show, OperationRef(name: TunnelOperations.enrol.name),
                until: TunnelSetup.deadline(global.wait))
        } catch let error as CallError where error.code == .notFound {
            throw Failure(
                .forbidden, "\(context.peerName) has no right to make tunnels of this machine",
                advice: "an admin gives it: a role with the scope tunnel:enrol")
        }
        await connector.close()
    }

    private func show(_ definition: Definition, _ unit: TunnelUnit) async throws {
        let description = try unit.description()
        let text =
            switch definition {
            case .systemd: description.systemdUnit(steps: await Systemd.version().map { $0 >= 254 } ?? true)
            case .launchd: try description.launchdPlist(log: unit.repo.directory.file("stderr"))
            }
        try await global.printer.text(text)
    }
}

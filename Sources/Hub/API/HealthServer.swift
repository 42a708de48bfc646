package import Core
import Hummingbird
package import Logging

/// The hub's HTTP listener. Today: whether it lives, and whether it can do its work.
package struct HealthServer: Sendable {
    private let host: String
    private let port: Int
    private let core: HubCore
    private let logger: Logger
    private let onRunning: @Sendable (String, Int) -> Void

    /// - Parameter onRunning: told the address it really listens on.
    package init(
        host: String, port: Int, core: HubCore, logger: Logger,
        onRunning: @escaping @Sendable (String, Int) -> Void
    ) {
        self.host = host
        self.port = port
        self.core = core
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until its task is cancelled.
    package func run() async throws {
        let onRunning = onRunning
        let application = Application(
            router: Self.router(core),
            configuration: .init(address: .hostname(host, port: port), serverName: "capstan"),
            onServerRunning: { channel in
                onRunning(channel.localAddress?.ipAddress ?? "", channel.localAddress?.port ?? 0)
            }, logger: Logger(label: "http") { _ in StoppingLogHandler(logger.handler) })
        try await application.run()
    }

    /// `/healthz` answers while the process does; `/readyz` only while the store takes reads.
    static func router(_ core: HubCore) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("/healthz") { _, _ in "ok\n" }
        router.get("/readyz") { _, _ -> EditedResponse<String> in
            do {
                _ = try await core.status()
                return EditedResponse(status: .ok, response: "ready\n")
            } catch {
                return EditedResponse(status: .serviceUnavailable, response: "not ready: the store does not answer\n")
            }
        }
        return router
    }
}

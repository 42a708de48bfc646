import Core
import Link
import Logging
import Store

/// Takes up the key that `capstan hub rotate-key` made beside the running hub.
struct HubKeyWatch: Sendable {
    let file: HubKeyFile
    let core: HubCore
    let listener: LinkListener
    let logger: Logger

    /// Looks once a second which key the store names, until its task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await check()
            } catch {
                logger.error("the hub's new key was not taken up", metadata: ["error": .string("\(error)")])
            }
            do { try await core.clock.nextSecond() } catch { return }
        }
    }

    /// Shows the key that the store names to new connections; links that stand are not touched.
    func check() async throws {
        let named = try await core.store.read { try $0.currentHubKey()?.fingerprint }
        guard let named, named != core.key.fingerprint.text else { return }
        let key = try await file.load(core.store)
        try await core.adopt(key, showingBy: listener)
        try await file.setup.noteKeyInUse(key, in: core.store)
    }
}

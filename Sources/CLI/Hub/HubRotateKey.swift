import ArgumentParser
import CallProtocol
import Core
import Daemon
import Formats
import Link
import Store

/// `capstan hub rotate-key`
struct HubRotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key", abstract: "Give the hub a new key.",
        discussion: .flowing(
            """
            The old key signs the new one, so spokes, operators and tokens that know the old one find the hub by
            themselves. A running hub takes the new key up within seconds and keeps its links. Old receipts still verify.

            With --revoke, for after a theft, the old keys vouch for nothing any more: every other spoke and operator has
            to be joined again, and tokens made before are useless.

            Example:
              capstan hub rotate-key --state-dir ./hub
              capstan hub rotate-key --state-dir ./hub --revoke
            """))

    @Option(help: "Where the hub keeps its state.", completion: .directory)
    var stateDir: String?

    @Flag(help: "The old key was stolen: nothing that was signed with it is to lead to the new one.")
    var revoke = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try StateDirectory.own(.hub, flag: stateDir)
        let setup = HubSetup(directory: directory.path)
        let file = HubKeyFile(setup: setup)
        try HubFiles(setup: setup).requireHub()
        let lock = try SingletonLock(path: directory.file("rotate.lock"))
        defer { lock.release() }
        let (old, new, isRunning, isInUse) = try await HubStoreOnDisk.with(setup) { opened in
            let (old, new) = try await file.rotate(opened.store, revoking: revoke, at: RFC3339.now())
            // The lock may be our own.
            let holder = opened.isAlone ? nil : try SingletonLock.holder(path: directory.file("hub.lock"))
            let isInUse = holder == nil ? true : try await isTakenUp(new, by: setup, opened.store)
            return (old, new, holder != nil, isInUse)
        }
        let contexts = revoke ? try trust(new.fingerprint, for: old.fingerprint) : []
        let printer = output.printer
        try await printer.value([
            "fingerprint": .string(new.fingerprint.text), "previous": .string(old.fingerprint.text),
            "revoked": .bool(revoke), "running": .bool(isRunning), "inUse": .bool(isInUse),
            "contexts": .array(contexts.map { .string($0) }),
        ]) { "\(new.fingerprint)\n" }
        if isRunning, isInUse { printer.notice("the running hub shows the new key from now on") }
        if !isInUse { printer.notice("the running hub has not taken the new key up: restart it (see hub.log)") }
        printer.notice(
            revoke ? Self.afterRevoking(directory.path, contexts) : "spokes and operators follow by themselves")
    }

    /// Whether the running hub notes the new key as its own within 15 s.
    private func isTakenUp(_ key: PeerKey, by setup: HubSetup, _ store: HubStore) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(15)
        while try await setup.keyInUse(store) != key.fingerprint.text {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    /// The contexts of this user that lead to this hub trust its new key: whoever may read the hub's own directory needs
    /// no other proof. Returns their names.
    private func trust(_ new: Fingerprint, for old: Fingerprint) throws -> [String] {
        guard let store = try? ContextStore() else { return [] }
        return try store.names().filter { name in
            guard let context = try? store.load(name), context.fingerprints.contains(old) else { return false }
            try store.setFingerprints(name, to: [new])
            return true
        }
    }

    private static func afterRevoking(_ directory: String, _ contexts: [String]) -> String {
        let here =
            contexts.isEmpty
            ? """
            no context here leads to this hub; make one:
              capstan token create --kind operator --role admin --state-dir \(directory), then capstan login TOKEN
            """
            : "your context \(contexts.joined(separator: ", ")) trusts the new key; other operators log in again with a new token"
        return """
            the old keys are revoked: nobody who pinned one of them will talk to this hub
            \(here)
            each spoke is joined again: capstan node remove NAME, capstan token create; on the machine
              capstan spoke down, remove its state directory, capstan spoke join TOKEN
            """
    }
}

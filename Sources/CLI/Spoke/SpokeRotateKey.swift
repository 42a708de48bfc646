import Agent
import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Link
import NIOPosix

/// `capstan spoke rotate-key`
struct SpokeRotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key", abstract: "Give this machine's spoke a new key.",
        discussion: .flowing(
            """
            The node stays what it is: its id, name, labels and workloads. The old key holds until the hub has seen the new
            one, at most a day, and is refused from then on: a copy of the state directory elsewhere is locked out. What
            was broken off is gone on with by the same command, or when the spoke starts.

            A running spoke changes its key by itself, without losing what runs over its link; one that does not run is
            changed over a short link. On a machine that took over another's state directory, that is accepted as well.

            Example:
              capstan spoke rotate-key --state-dir ./spoke
            """))

    @Option(help: "Where the spoke keeps its state.", completion: .directory)
    var stateDir: String?

    @Option(
        help: "How long to wait for a running spoke to have changed its key.", transform: { try DurationText.parse($0) }
    )
    var wait: Duration = .seconds(30)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try StateDirectory.own(.spoke, flag: stateDir)
        guard let identity = try SpokeIdentity.load(from: directory) else {
            throw Failure.notConfigured(
                "no spoke has joined from \(directory.path)",
                advice: "a spoke gets its first key with: capstan spoke join TOKEN --state-dir \(directory.path)")
        }
        try SpokeFiles(directory: directory).tightenKeys { StandardError.write($0 + "\n") }
        let alone = try SingletonLock(path: directory.file("rotate.lock"))
        defer { alone.release() }
        let keyring = SpokeKeyring(identity, in: directory)
        let fingerprint = try await rotate(keyring, in: directory)
        let printer = output.printer
        let host = HostFingerprintFile(in: directory)
        if case .changed = try host.check(), let accepted = try host.accept() {
            printer.notice("\(directory.path) belongs to host \(accepted.hostId) now")
        }
        try await printer.value([
            "node": .string(identity.name), "fingerprint": .string(fingerprint.text),
            "previous": .string(identity.key.fingerprint.text),
        ]) { "\(fingerprint)\n" }
        printer.notice("\(CellText.line(identity.name)) has a new key; the old one is refused from now on")
    }

    private func rotate(_ keyring: SpokeKeyring, in directory: StateDirectory) async throws -> Fingerprint {
        let spoke: SingletonLock
        do {
            // Held until the end, so that no spoke starts in the middle of it.
            spoke = try SingletonLock(path: directory.file("spoke.lock"))
        } catch let running as SingletonLock.AlreadyRunning {
            return try await RunningSpoke(directory: directory, wait: wait, pid: running.pid).rotate(keyring)
        }
        defer { spoke.release() }
        // A spoke that stopped a moment ago may have changed its key until then.
        let keyring = try SpokeIdentity.load(from: directory).map { SpokeKeyring($0, in: directory) } ?? keyring
        do {
            return try await KeyRotation.run(
                keyring, group: MultiThreadedEventLoopGroup(numberOfThreads: 1), software: Version.software)
        } catch {
            var failure = Failure(error)
            if (try? keyring.nextKey()) ?? nil != nil {
                failure.advice =
                    "both keys are kept; run this again, or start the spoke, which goes on with it by itself"
            }
            throw failure
        }
    }
}

/// A spoke that runs while its key is changed: it finds the next key in its state directory within a second, and moves it
/// to its place when the hub has taken it.
private struct RunningSpoke {
    let directory: StateDirectory
    let wait: Duration
    let pid: Int32?

    func rotate(_ keyring: SpokeKeyring) async throws -> Fingerprint {
        let next = try keyring.makeNextKey().fingerprint
        let end = ContinuousClock.now + wait
        while true {
            if try isDone(next) { return next }
            // Moved between the two looks, it is done after all.
            if try keyring.nextKey() == nil, try !isDone(next) { throw try refused(next) }
            guard try SpokeProcess.pid(in: directory) == pid else {
                throw Failure(
                    .unavailable, "the spoke has stopped meanwhile; both keys are kept",
                    advice: "run this again, or start the spoke, which goes on with it by itself")
            }
            guard ContinuousClock.now < end else {
                throw Failure(
                    .timeout, "the spoke has not changed its key yet; both keys are kept",
                    advice: "it goes on by itself once it is linked to the hub: capstan spoke status --state-dir "
                        + "\(directory.path), and spoke.log there")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func isDone(_ next: Fingerprint) throws -> Bool {
        try SpokeIdentity.loadKey(from: directory)?.fingerprint == next
    }

    private func refused(_ next: Fingerprint) throws -> Failure {
        let rotation = try SpokeStatusFile.read(directory)?["rotation"]
        let reason = rotation?["fingerprint"]?.stringValue == next.text ? rotation?["reason"]?.stringValue : nil
        return Failure(
            .failedPrecondition, "the hub refused the new key, the old one holds: \(reason ?? "see spoke.log")")
    }
}

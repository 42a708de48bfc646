import CallProtocol
import Crypto
import Foundation
import Logging
import NIOCore
import NIOPosix
import Operations
import Processes
import TestKit

@testable import SpokeOperations

/// Makes an empty file, for a script that waits for it.
func touch(_ path: String) throws {
    try Data().write(to: URL(filePath: path))
}

/// A spoke's operations with a client that asks them as a hub does.
struct Spoke: Sendable {
    let folder: String
    let key: P256.Signing.PrivateKey
    let services: SpokeServices
    let client: CallClient

    init(_ folder: String, _ adjust: (inout SpokeConfiguration) -> Void = { _ in }) throws {
        self.folder = folder
        let key = P256.Signing.PrivateKey()
        self.key = key
        var configuration = SpokeConfiguration(
            stateDirectory: folder, executable: try BuiltBinary.path(),
            signer: {
                NodeSigner(spki: Array(key.publicKey.derRepresentation), fingerprint: "ab12") {
                    Array(try key.signature(for: Data($0)).derRepresentation)
                }
            }, software: "capstan test",
            hostFingerprint: "cd34", node: "node-1",
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder, "CAPSTAN_JOIN": "secret", "OWN": "1"])
        configuration.reserveBytes = 64 << 10
        adjust(&configuration)
        services = try SpokeServices(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let dispatcher = Dispatcher(
            registry: try OperationRegistry(services.entries), logger: Logger(label: "test"))
        let hub = Caller(peer: "hub", name: "hub", role: "admin", grants: [Grant(scopes: ["*"])])
        // As over a link: the programs of its sessions are read and written by an event loop.
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        client = CallClient(MemoryOpener(on: loop) { dispatcher.start($0) { _ in hub } })
    }
}

/// Runs a spoke as its process would: recovered, its work done beside the body, stopped and closed afterwards with
/// nothing left running.
func withSpoke(
    _ folder: String, endSessions: Bool = true, _ adjust: (inout SpokeConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (Spoke) async throws -> Void
) async throws {
    let spoke = try Spoke(folder, adjust)
    try await spoke.services.recover()
    let result = await withTaskGroup(of: Void.self) { group in
        group.addTask { await spoke.services.run() }
        let result: Result<Void, any Error>
        do {
            try await body(spoke)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        group.cancelAll()
        return result
    }
    await spoke.services.shutdown(endSessions: endSessions)
    try result.get()
}

/// What to run with a shell.
func script(_ text: String) -> WorkloadSpec {
    var spec = WorkloadSpec(cmd: ["/bin/sh", "-c", text])
    // Ends what a killed test run leaves behind.
    spec.timeLimitMs = 150_000
    return spec
}

extension Spoke {
    /// Starts an attempt of a workload.
    @discardableResult
    func start(
        _ id: String, _ spec: WorkloadSpec, workload: String = "W", generation: Int = 1
    ) async throws -> AttemptStatus {
        try await client.call(
            AttemptOperations.start,
            AttemptStart(attempt: id, workload: workload, generation: generation, spec: spec))
    }

    func status(_ id: String) async throws -> AttemptStatus? {
        try await client.call(AttemptOperations.list, AttemptListInput()).attempts.first { $0.attempt == id }
    }

    /// The end of an attempt, waited for.
    func ended(_ id: String) async throws -> AttemptStatus {
        _ = try await becomesTrue { try await status(id)?.isTerminal ?? false }
        guard let last = try await status(id), last.isTerminal else { throw CallError(.timeout, "\(id) has not ended") }
        return last
    }

    /// Rows of the journal after a place, so many.
    func journal(after: Int64 = 0, count: Int, epoch: String? = nil) async throws -> [JournalBatch.Row] {
        let batches = try client.subscribe(JournalOperations.watch, JournalWatchInput(epoch: epoch, after: after))
        defer { batches.close() }
        var rows: [JournalBatch.Row] = []
        while rows.count < count, let batch = try await batches.next() { rows += batch.rows }
        return rows
    }

    /// The first batch.
    func firstBatch(after: Int64 = 0, epoch: String? = nil) async throws -> JournalBatch? {
        let batches = try client.subscribe(JournalOperations.watch, JournalWatchInput(epoch: epoch, after: after))
        defer { batches.close() }
        return try await batches.next()
    }

    /// All log pieces until the subscription completes.
    func logs(_ id: String, offset: Int64 = 0, follow: Bool = false) async throws -> [LogPiece] {
        let pieces = try client.subscribe(
            AttemptOperations.logs, AttemptLogsInput(attempt: id, offset: offset, follow: follow))
        var all: [LogPiece] = []
        while let piece = try await pieces.next() { all.append(piece) }
        return all
    }
}

/// The bytes of one kind of piece as text.
func text(_ pieces: [LogPiece], _ kind: LogPiece.Kind = .stdout) -> String {
    String(
        decoding: pieces.filter { $0.kind == kind }.flatMap { Data(base64Encoded: $0.data) ?? Data() }, as: UTF8.self)
}

/// The error of a call that must fail.
func refusal<T>(_ body: () async throws -> T) async -> CallError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? CallError
    }
}

import CallProtocol
import Daemon
import Formats
import Glibc
import Logging
import Market
import NIOCore
import NIOPosix
import Operations
import Providers
import Synchronization

/// Gives a rented machine back when its lease is over, or its hub has no place for it any more.
///
/// What its hub ordered stands in the environment: `CAPSTAN_LEASE`, how long it goes on without the hub, and
/// `CAPSTAN_RELEASE`, the request by which it is given back. A provider that has none ends the machine with its first process.
final class LeaseGuard: Sendable {
    /// How the spoke is doing.
    typealias Sight = @Sendable () async -> (isConnected: Bool, isWorking: Bool)

    private static let interval = Duration.seconds(5)
    /// Between two requests for the machine's end.
    private static let retry = Duration.seconds(30)

    private let length: Duration
    private let release: SelfRelease?
    private let logger: Logger
    private let sight = Mutex<Sight?>(nil)

    /// - Returns: nil on a machine that is nobody's to give back.
    /// - Throws: `Failure` for what the environment says and cannot be read.
    init?(logger: Logger) throws {
        guard let text = Environment.value("CAPSTAN_LEASE"), !text.isEmpty else { return nil }
        do { length = try DurationText.parse(text) } catch { throw Failure.misuse("CAPSTAN_LEASE: \(error)") }
        self.logger = logger
        let request = Environment.value("CAPSTAN_RELEASE").map { ByteBuffer(string: $0) }
        do { release = try request.map { try JSONCoding.decode(SelfRelease.self, from: $0) } } catch {
            throw Failure.misuse("CAPSTAN_RELEASE: \(error)")
        }
    }

    func watch(_ sight: @escaping Sight) { self.sight.withLock { $0 = sight } }

    /// Runs `body`; gives the machine back when its lease ends meanwhile, or when `body` fails.
    func around<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await self.run()
                return nil
            }
            do {
                // The guard alone ends without a value, when it has given the machine back.
                guard let value = try await group.next() ?? nil else {
                    throw Failure(.failedPrecondition, "the lease of this machine is over")
                }
                group.cancelAll()
                return value
            } catch {
                group.cancelAll()
                if !(error is CancellationError) { await giveBack("the spoke ended: \(error)") }
                throw error
            }
        }
    }

    private func run() async throws {
        let start = ContinuousClock.now
        var lease = Lease(length: length, at: .zero)
        while true {
            try await Task.sleep(for: min(Self.interval, length / 4))
            let sight = await sight.withLock { $0 }?()
            let reason = lease.look(
                at: ContinuousClock.now - start, isConnected: sight?.isConnected ?? false,
                isWorking: sight?.isWorking ?? false)
            guard let reason else { continue }
            MachineLine().announce("lease_over", ["reason": .string(reason)])
            logger.warning("lease over", metadata: ["reason": .string(reason)])
            return
        }
    }

    /// Asks the provider for this machine's end until it takes it. Then it is over in a moment.
    private func giveBack(_ reason: String) async {
        logger.warning("this machine is given back", metadata: ["reason": .string(reason)])
        guard let release else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let roots = Environment.value("CAPSTAN_ROOTS").flatMap { access($0, R_OK) == 0 ? $0 : nil }
        let http = ProviderHTTP(on: group, roots: roots)
        while !Task.isCancelled {
            do {
                try await http.send(try release.filled { Environment.value($0) })
                logger.notice("this machine's end was asked for")
                MachineLine().announce("released", [:])
                break
            } catch let missing as SelfRelease.MissingVariable {
                logger.error("cannot be given back", metadata: ["missing": .string(missing.name)])
                break
            } catch {
                logger.error("not given back yet", metadata: ["error": .string("\(error)")])
                try? await Task.sleep(for: Self.retry)
            }
        }
        await http.shutdown()
    }
}

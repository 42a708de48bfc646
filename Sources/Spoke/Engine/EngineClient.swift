package import CallProtocol
import Glibc
package import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks one engine, over its Unix socket: a connection for each request, so that no slow answer stands before another, and
/// a cancelled task ends its request by closing it.
package struct EngineClient: Sendable {
    package let address: EngineAddress
    private let group: any EventLoopGroup
    /// Of the API: `1.41`; nil before it is agreed on.
    package let version: String?

    /// The reason where there simply is nothing.
    package static let noSocket = "there is no such socket"
    private static let connectTimeout = TimeAmount.seconds(5)

    package init(_ address: EngineAddress, group: any EventLoopGroup, version: String? = nil) {
        self.address = address
        self.group = group
        self.version = version
    }

    /// The same engine, asked in one version of its API.
    func speaking(_ version: String) -> EngineClient { EngineClient(address, group: group, version: version) }

    /// Makes a request and hands its answer to `body`; the connection ends with it.
    ///
    /// - Throws: ``EngineError``, what `body` throws, and `CancellationError`.
    package func ask<Result>(
        _ request: EngineRequest, _ body: (inout EngineAnswer) async throws -> Result
    ) async throws -> Result {
        let channel = try await connect(request)
        return try await told {
            try await channel.executeThenClose { parts, output in
                var answer = try await EngineAnswer(parts, output)
                return try await body(&answer)
            }
        }
    }

    /// Runs `body` with the errors of the connection in our words.
    private func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch HTTPParserError.invalidEOFState {
            throw EngineError.broken("the connection ended in the middle of an answer")
        } catch let error as HTTPParserError {
            throw EngineError.malformed("no HTTP (\(error))")
        } catch let error as IOError {
            try Task.checkCancellation()
            throw EngineError.broken(Self.reason(error))
        } catch let error as ChannelError {
            try Task.checkCancellation()
            throw EngineError.broken("\(error)")
        }
    }

    /// Makes a request with a long body: `send` writes it while `body` waits for the answer. An answer that comes before
    /// the body is at its end ends the sending.
    package func upload(
        _ request: EngineRequest,
        _ send: @escaping @Sendable (NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws -> Void,
        _ body: (inout EngineAnswer) async throws -> Void
    ) async throws {
        let channel = try await connect(request)
        try await told {
            try await channel.executeThenClose { parts, output in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        do {
                            try await send(output)
                            output.finish()
                        } catch {
                            // What has no end is no body: the engine is to throw it away.
                            channel.channel.close(promise: nil)
                            throw error
                        }
                    }
                    var answer = try await EngineAnswer(parts, output)
                    try await body(&answer)
                    group.cancelAll()
                }
            }
        }
    }

    /// A request whose answer is short: one JSON value, null where nothing is answered.
    package func value(_ request: EngineRequest) async throws -> JSONValue {
        try await ask(request) { answer in
            try await answer.check()
            return try Self.json(try await answer.whole())
        }
    }

    /// Reads a value out of what an engine says.
    static func json(_ bytes: ByteBuffer) throws(EngineError) -> JSONValue {
        guard bytes.readableBytesView.contains(where: { $0 > 0x20 }) else { return .null }
        do {
            return try RawJSON(validating: bytes).value()
        } catch {
            throw .malformed("no JSON (\(error))")
        }
    }

    private func connect(_ request: EngineRequest) async throws -> NIOAsyncChannel<EnginePart, ByteBuffer> {
        let head = request.head(version: version)
        let (body, upgrades) = (request.body, request.upgrades)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.allowRemoteHalfClosure, value: true)
        do {
            return try await bootstrap.connect(unixDomainSocketPath: address.path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try EngineExchange(head, body, upgrades: upgrades).install(in: channel.pipeline.syncOperations)
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        } catch let error as IOError {
            throw EngineError.unreachable(address, reason: Self.reason(error))
        } catch let error as ChannelError {
            throw EngineError.unreachable(address, reason: "\(error)")
        }
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case ENOENT: noSocket
        case ECONNREFUSED: "the socket is there and nobody listens"
        case EACCES, EPERM: "this user may not speak to it; the engine's group or a rootless engine would do"
        default: String(cString: strerror(error.errnoCode))
        }
    }
}

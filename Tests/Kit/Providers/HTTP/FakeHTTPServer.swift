import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP/1.1 server on loopback, or on a Unix socket, that keeps every request and answers what a closure says.
///
/// Requests of one connection are answered one after the other. What is no HTTP is answered with 400 by the decoder, a
/// body beyond ``bodyLimit`` with 413.
package final class FakeHTTPServer: Sendable {
    package typealias Handler = @Sendable (RecordedRequest) async -> FakeResponse

    package enum Address: Sendable, Hashable {
        /// 127.0.0.1; port 0 is any free one.
        case loopback(port: Int)
        /// At most 107 bytes of path; a socket that lies there already is replaced.
        case unixSocket(String)

        package static let anyPort = Address.loopback(port: 0)
    }

    /// Bytes that a body may have: 16 MiB.
    package static let bodyLimit = 16 << 20
    /// Requests that are kept; the older half goes when there are more.
    package static let requestLimit = 1 << 16

    private struct State {
        var address: Address
        var group: MultiThreadedEventLoopGroup?
        var listener: (any Channel)?
        var connections: [Int: any Channel] = [:]
        var nextConnection = 0
        var requests: [RecordedRequest] = []
        var nextRequest = 0
        var answers: [Int: Task<Void, Never>] = [:]
    }

    private let state: Mutex<State>

    package init(at address: Address = .anyPort) {
        state = Mutex(State(address: address))
    }

    /// Runs `body` beside a server, and ends it when `body` is over, however it ends.
    package static func with<Value>(
        at address: Address = .anyPort, answering handler: @escaping Handler,
        _ body: (FakeHTTPServer) async throws -> Value
    ) async throws -> Value {
        let server = FakeHTTPServer(at: address)
        try await server.start(handler)
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.stop()
        return try result.get()
    }

    /// Listens. After a ``stop()`` it is the same port again, so that an outage can be played.
    package func start(_ handler: @escaping Handler) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    // Hostile headers are for the client to refuse: nothing is checked on the way out.
                    try pipeline.configureHTTPServerPipeline(
                        withErrorHandling: true, withOutboundHeaderValidation: false)
                    try pipeline.addHandler(FakeHTTPConnection(self, number: self.opened(channel), handler))
                }
            }
        do {
            let listener: any Channel
            switch state.withLock({ $0.address }) {
            case .loopback(let port): listener = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
            case .unixSocket(let path):
                listener = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            }
            state.withLock { state in
                (state.group, state.listener) = (group, listener)
                if let port = listener.localAddress?.port { state.address = .loopback(port: port) }
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Ends all connections and waits until nothing of the server runs any more. Its requests stay.
    package func stop() async {
        let (group, listener) = state.withLock { state in
            defer { (state.group, state.listener) = (nil, nil) }
            return (state.group, state.listener)
        }
        try? await listener?.close().get()
        for connection in state.withLock({ Array($0.connections.values) }) { try? await connection.close().get() }
        for answer in state.withLock({ Array($0.answers.values) }) {
            answer.cancel()
            await answer.value
        }
        try? await group?.shutdownGracefully()
    }

    /// Ends the connections that there are, and goes on listening.
    package func dropConnections() async {
        for connection in state.withLock({ Array($0.connections.values) }) { try? await connection.close().get() }
    }

    /// The port that is listened on; 0 before ``start(_:)`` and for a Unix socket.
    package var port: Int {
        if case .loopback(let port) = state.withLock({ $0.address }) { port } else { 0 }
    }

    /// Scheme, host and port, with no slash at the end; of a Unix socket its name is `http://localhost`.
    package var baseURL: String { port > 0 ? "http://127.0.0.1:\(port)" : "http://localhost" }

    /// What was asked so far, in the order in which the requests were complete.
    package var requests: [RecordedRequest] { state.withLock { $0.requests } }

    /// Connections that are open now.
    package var connections: Int { state.withLock { $0.connections.count } }

    /// Forgets the requests so far.
    package func forgetRequests() { state.withLock { $0.requests = [] } }
}

extension FakeHTTPServer {
    private func opened(_ channel: any Channel) -> Int {
        let number = state.withLock { state in
            defer { state.nextConnection += 1 }
            state.connections[state.nextConnection] = channel
            return state.nextConnection
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.connections[number] = nil } }
        return number
    }

    /// Keeps a request.
    func record(_ head: HTTPRequestHead, _ body: ByteBuffer, connection: Int) -> RecordedRequest {
        state.withLock { state in
            let request = RecordedRequest(
                number: state.nextRequest, connection: connection, arrival: .now, method: head.method.rawValue,
                target: RequestTarget(head.uri), headers: head.headers.map { HeaderLine($0.name, $0.value) }, body: body
            )
            state.nextRequest += 1
            if state.requests.count >= Self.requestLimit {
                state.requests.removeFirst(Self.requestLimit / 2)
            }
            state.requests.append(request)
            return request
        }
    }

    /// Runs the answer to a request as a task that ``stop()`` waits for.
    func answer(_ number: Int, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        state.withLock { state in
            let task = Task {
                await body()
                self.state.withLock { $0.answers[number] = nil }
            }
            state.answers[number] = task
            return task
        }
    }
}

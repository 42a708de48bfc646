import GRPCCore
import GRPCNIOTransportHTTP2
import Harness

/// The peer's stream: one bidirectional method that gives each message back.
struct GRPCStream: RegistrableRPCService {
    static let method = MethodDescriptor(fullyQualifiedService: "bench.Echo", method: "Stream")

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Self.method, deserializer: BytesCoding(), serializer: BytesCoding()
        ) { request, _ in
            StreamingServerResponse { writer in
                for try await message in request.messages { try await writer.write(message) }
                return [:]
            }
        }
    }

    /// Serves commands of ``LoadCommands/serveStreams(stream:)`` with streams of one connection.
    static func call(port: Int) async throws {
        try await withGRPCClient(transport: try GRPCRoles.clientTransport(port: port)) { client in
            LoadCommands.announce("ready")
            try await LoadCommands.serveStreams { inFlight, end in
                try await run(client, inFlight: inFlight, until: end)
            }
        }
    }

    /// One stream. Whoever reads also writes, as in our own; the call's producer only lends its writer out.
    private static func run(
        _ client: GRPCClient<HTTP2ClientTransport.Posix>, inFlight: Int, until end: UInt64
    ) async throws -> [UInt64] {
        let (writers, lend) = AsyncStream.makeStream(of: RPCWriter<[UInt8]>.self)
        let (ends, finish) = AsyncStream.makeStream(of: Never.self)
        let request = StreamingClientRequest<[UInt8]> { writer in
            lend.yield(writer)
            for await _ in ends {}
        }
        return try await client.bidirectionalStreaming(
            request: request, descriptor: method, serializer: BytesCoding(), deserializer: BytesCoding(),
            options: .defaults
        ) { response in
            defer { finish.finish() }
            var lent = writers.makeAsyncIterator()
            guard let writer = await lent.next() else { throw StreamEnded() }
            var messages = response.messages.makeAsyncIterator()
            var loop = StreamLoop(inFlight: inFlight, until: end)
            return try await loop.run {
                try await writer.write(Payload.bytes)
            } receive: {
                try await messages.next(isolation: #isolation).map { _ in 1 }
            }
        }
    }
}

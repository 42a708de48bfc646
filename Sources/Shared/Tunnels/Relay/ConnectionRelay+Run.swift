import CallProtocol
package import NIOCore
package import Operations

extension ConnectionRelay {
    /// Makes a fresh connection one that can be relayed. Event loop only, before anything is read.
    /// - Parameter onActive: run once when it is open and its first bytes are read, on its event loop.
    static func prepare(_ connection: any Channel, onActive: (() -> Void)? = nil) throws {
        try ConnectionOptions.set(on: connection)
        try connection.pipeline.syncOperations.addHandler(ConnectionRelay(onActive: onActive))
    }

    /// Ends a connection with a reset. From any thread.
    package static func reset(_ connection: any Channel) {
        connection.eventLoop.execute {
            ConnectionOptions.setReset(true, onCloseOf: connection)
            let operations = connection.pipeline.syncOperations
            // Beneath the encryption, which would say goodbye: that is an end, and no reset.
            if let encryption = try? operations.context(name: ConnectionOptions.encryption) {
                encryption.close(promise: nil)
            } else {
                connection.close(promise: nil)
            }
        }
    }

    /// Ends a connection that was only tried, as one ends that has nothing to say. From any thread.
    package static func close(_ connection: any Channel) {
        ConnectionOptions.setReset(false, onCloseOf: connection)
        connection.close(promise: nil)
    }

    /// Relays between a prepared connection and a session until both directions have ended or one side broke off. A task that
    /// is cancelled resets both.
    package static func run(_ connection: any Channel, _ stream: SessionStream) async throws -> RelayEnd {
        let loop = connection.eventLoop
        let ended = loop.makePromise(of: RelayEnd.self)
        let begin: @Sendable () -> Void = { join(connection, stream) { ended.succeed($0) } }
        if loop.inEventLoop { begin() } else { loop.execute(begin) }
        return try await withTaskCancellationHandler {
            try await ended.futureResult.get()
        } onCancel: {
            stream.reset(.aborted, "the tunnel was closed")
        }
    }

    /// The same without a task. Event loop of the connection only.
    /// - Parameter onEnd: told once, on the event loop, when nothing more passes.
    package static func join(_ connection: any Channel, _ stream: SessionStream, onEnd: @escaping (RelayEnd) -> Void) {
        do {
            let relay = try connection.pipeline.syncOperations.handler(type: ConnectionRelay.self)
            relay.join(stream, onEnd: onEnd)
        } catch {
            let failure = StreamFailure(.aborted, "the connection was closed")
            stream.reset(failure.code, failure.reason)
            onEnd(RelayEnd(failure: failure, isOfConnection: true))
        }
    }
}

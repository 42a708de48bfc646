import NIOSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The certificate with which the proxy answers by TLS, read again when its file is another: a renewed one is used without a restart.
package final class ServerCertificate: Sendable {
    private let (chain, key): (String, String)
    private let notice: @Sendable (String) -> Void
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        var version: [Int]
        var next: ContinuousClock.Instant
    }

    /// Between two looks at the files.
    private static let pause = Duration.seconds(5)

    /// - Parameters:
    ///   - chain: a file with the certificate and those above it, PEM.
    ///   - key: a file with its key, PEM.
    ///   - notice: told when a changed file cannot be used; the certificate before stays in use.
    /// - Throws: the library's reason.
    package init(chain: String, key: String, notice: @escaping @Sendable (String) -> Void) throws {
        (self.chain, self.key, self.notice) = (chain, key, notice)
        state = Mutex(
            State(
                context: try Self.load(chain, key), version: Self.version(chain, key),
                next: .now + Self.pause))
    }

    /// What a new connection is served with.
    func context() -> NIOSSLContext {
        let (context, failure) = state.withLock { state -> (NIOSSLContext, (any Error)?) in
            guard ContinuousClock.now >= state.next else { return (state.context, nil) }
            state.next = .now + Self.pause
            let version = Self.version(chain, key)
            guard version != state.version else { return (state.context, nil) }
            do {
                state.context = try Self.load(chain, key)
                state.version = version
                return (state.context, nil)
            } catch { return (state.context, error) }
        }
        if let failure { notice("\(chain) has changed and cannot be used: \(failure)") }
        return context
    }

    private static func load(_ chain: String, _ key: String) throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMFile(chain)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// What changes with the files.
    private static func version(_ paths: String...) -> [Int] {
        paths.flatMap { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return [0] }
            #if canImport(Darwin)
                let time = status.st_mtimespec
            #else
                let time = status.st_mtim
            #endif
            return [Int(time.tv_sec), Int(time.tv_nsec), Int(status.st_size), Int(status.st_ino)]
        }
    }
}

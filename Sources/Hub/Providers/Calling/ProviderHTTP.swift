import AsyncHTTPClient
import CallProtocol
import Glibc
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import OpenAPI

/// Sends requests and receives answers. Redirects are not followed: whatever leads elsewhere is an answer.
package final class ProviderHTTP: Sendable {
    /// Connects to the open internet alone.
    private let guarded: HTTPClient
    /// Connects wherever it is told to.
    private let open: HTTPClient

    /// Bytes of one answer, at most.
    package static let longest = 64 << 20
    private static let patience = TimeAmount.seconds(10)

    /// - Parameter roots: a PEM file of the authorities that are trusted; nil for the system's.
    package init(on group: any EventLoopGroup, roots: String? = nil) {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        if let roots {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(roots)
            configuration.tlsConfiguration = tls
        }
        configuration.timeout.connect = Self.patience
        configuration.connectionPool.retryConnectionEstablishment = false
        open = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        configuration.http1_1ConnectionDebugInitializer = AddressGuard.check
        configuration.http2ConnectionDebugInitializer = AddressGuard.check
        guarded = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    package func shutdown() async {
        try? await open.shutdown()
        try? await guarded.shutdown()
    }

    /// One request wherever it leads.
    func open(_ request: HTTPClientRequest, within limit: TimeAmount) async throws -> HTTPClientResponse {
        try await open.execute(request, timeout: limit)
    }

    /// The head of an answer, and its body as it comes.
    struct Answer: Sendable {
        var head: IncomingHead
        var body: HTTPClientResponse.Body
    }

    /// - Parameters:
    ///   - isGuarded: whether only the open internet is connected to.
    ///   - mayRepeat: whether the request does no more twice than once.
    ///   - timeout: until the head of the answer is there.
    /// - Throws: `UNAVAILABLE` or `TIMEOUT`, retryable where the request was surely not sent or does no more twice.
    func send(
        _ request: OutgoingRequest, isGuarded: Bool, mayRepeat: Bool, timeout: Duration
    ) async throws -> Answer {
        var made = HTTPClientRequest(url: Self.url(request))
        made.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { made.headers.add(name: header.name, value: header.value) }
        if request.origin.scheme == .unix { made.headers.replaceOrAdd(name: "Host", value: request.origin.authority) }
        if !made.headers.contains(name: "User-Agent") { made.headers.add(name: "User-Agent", value: "capstan") }
        if let body = request.body { made.body = .bytes(ByteBuffer(bytes: body)) }
        let client = isGuarded ? guarded : open
        do {
            if isGuarded { try await AddressGuard.check(request.origin) }
            let answer = try await client.execute(made, timeout: .nanoseconds(Self.nanoseconds(timeout)))
            let headers = answer.headers.map { OutgoingRequest.Header($0.name, $0.value) }
            return Answer(head: IncomingHead(status: Int(answer.status.code), headers: headers), body: answer.body)
        } catch { throw Self.failure(error, request, mayRepeat: mayRepeat) }
    }

    /// The whole of a body.
    /// - Throws: `RESOURCE_EXHAUSTED` for one that is too long.
    func whole(_ answer: Answer, of request: OutgoingRequest, mayRepeat: Bool) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await piece in answer.body {
                guard bytes.count + piece.readableBytes <= Self.longest else {
                    throw CallError(
                        .resourceExhausted, "the answer of \(request.origin) is longer than \(Self.longest >> 20) MiB",
                        retryable: false, details: Self.maybe(mayRepeat))
                }
                bytes += Array(piece.readableBytesView)
            }
        } catch { throw Self.failure(error, request, mayRepeat: mayRepeat) }
        return bytes
    }

    private static func url(_ request: OutgoingRequest) -> String {
        guard request.origin.scheme == .unix else { return "\(request.origin)\(request.target)" }
        return "http+unix://\(Percent.encoded(request.origin.host))\(request.target)"
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + attoseconds / 1_000_000_000
    }

    /// What went wrong between here and there, without what was sent.
    static func failure(_ error: any Error, _ request: OutgoingRequest, mayRepeat: Bool) -> any Error {
        if error is CallError || error is CancellationError { return error }
        switch error {
        case let address as AddressGuard.PrivateAddress:
            return CallError(
                .failedPrecondition,
                "\(request.origin) is at the private address \(address.text); allowPrivateAddresses in the provider's mapping, or --server, allows it"
            )
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case _ where error is NIOConnectionError || isUnreachable(error):
            return CallError(.unavailable, "cannot connect to \(request.origin): \(reason(error))", retryable: true)
        case let error as HTTPClientError where error == .connectTimeout:
            return CallError(.unavailable, "cannot connect to \(request.origin): \(reason(error))", retryable: true)
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return CallError(
                .timeout, "no answer from \(request.origin) in time", retryable: mayRepeat, details: maybe(mayRepeat))
        default:
            return CallError(
                .unavailable, "\(request.origin) did not answer: \(reason(error))", retryable: mayRepeat,
                details: maybe(mayRepeat))
        }
    }

    /// Whether the other side was never reached. Of other errors that cannot be said.
    private static func isUnreachable(_ error: any Error) -> Bool {
        if case ChannelError.connectTimeout = error { return true }
        guard let code = (error as? IOError)?.errnoCode else { return false }
        return [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOENT, ENOTDIR, EACCES].contains(code)
    }

    /// Whoever reads it must know that the effect may be there.
    private static func maybe(_ mayRepeat: Bool) -> JSONValue? { mayRepeat ? nil : ["mayHaveHappened": true] }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let dns = error.dnsAError ?? error.dnsAAAAError { return "\(dns)" }
            return error.connectionErrors.first.map { reason($0.error) } ?? "no address"
        }
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)).lowercased() }
        return String("\(error)".prefix(300))
    }
}

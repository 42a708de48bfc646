package import Core
import HTTPTypes
import Hummingbird
package import Logging
package import NIOCore
package import NIOHTTP1
package import Proxy

/// What the hub answers itself over HTTP. Today: whether it lives, and whether it can do its work.
package struct LocalPages: ProxyResponder {
    private let responder: RouterResponder<PageContext>
    private let handedOut: HandedOut?
    private let logger: Logger

    package init(core: HubCore, logger: Logger) {
        responder = Self.router(core).buildResponder()
        handedOut = core.configuration.handedOut
        self.logger = logger
    }

    /// `/healthz` answers while the process does; `/readyz` only while the store takes reads.
    private static func router(_ core: HubCore) -> Router<PageContext> {
        let router = Router(context: PageContext.self, options: .autoGenerateHeadEndpoints)
        router.get("/healthz") { _, _ in "ok\n" }
        router.get("/readyz") { _, _ -> EditedResponse<String> in
            do {
                _ = try await core.status()
                return EditedResponse(status: .ok, response: "ready\n")
            } catch {
                return EditedResponse(status: .serviceUnavailable, response: "not ready: the store does not answer\n")
            }
        }
        return router
    }

    package func respond(to head: HTTPRequestHead, body: ByteBuffer) async -> ProxyAnswer {
        if [.GET, .HEAD].contains(head.method), let file = handedOut?.file(at: head.uri) { return handOut(file, head) }
        do {
            let answer = try await responder.respond(
                to: try Self.request(head, body), context: PageContext(source: .init(logger: logger)))
            var told = HTTPResponseHead(version: head.version, status: .init(statusCode: answer.status.code))
            for field in answer.headers { told.headers.add(name: field.name.rawName, value: field.value) }
            let collected = CollectedBody()
            try await answer.body.write(collected)
            return ProxyAnswer(told, .bytes(collected.bytes))
        } catch let error as any HTTPResponseError {
            return Self.plain(head, error.status.code)
        } catch {
            logger.error("http", metadata: ["path": .string(head.uri), "error": .string("\(error)")])
            return Self.plain(head, 500)
        }
    }

    private static func request(_ head: HTTPRequestHead, _ body: ByteBuffer) throws -> Request {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { throw HTTPError(.badRequest) }
        var request = HTTPRequest(
            method: method, scheme: "http", authority: head.headers.first(name: "host"), path: head.uri)
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else { continue }
            request.headerFields.append(HTTPField(name: name, value: value))
        }
        return Request(head: request, body: RequestBody(buffer: body))
    }

    /// For machines that are to become nodes; whoever gets it knows its checksum by other means.
    private func handOut(_ file: HandedOutFile, _ head: HTTPRequestHead) -> ProxyAnswer {
        var told = HTTPResponseHead(version: head.version, status: .ok)
        told.headers.add(name: "Content-Type", value: "application/octet-stream")
        if head.method == .HEAD { told.headers.add(name: "Content-Length", value: String(file.size)) }
        return ProxyAnswer(told, .file(file))
    }

    private static func plain(_ head: HTTPRequestHead, _ code: Int) -> ProxyAnswer {
        let status = HTTPResponseStatus(statusCode: code)
        var told = HTTPResponseHead(version: head.version, status: status)
        told.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        return ProxyAnswer(told, .bytes(ByteBuffer(string: "\(code) \(status.reasonPhrase)\n")))
    }
}

/// What a page knows of its request.
struct PageContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    struct Source: RequestContextSource {
        let logger: Logger
    }

    init(source: Source) { coreContext = .init(source: source) }
}

/// Gathers a body.
private final class CollectedBody: ResponseBodyWriter {
    private(set) var bytes = ByteBuffer()

    func write(_ buffer: ByteBuffer) { bytes.writeImmutableBuffer(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) {}
}

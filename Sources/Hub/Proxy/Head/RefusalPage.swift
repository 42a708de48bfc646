import CallProtocol
import NIOCore
import NIOHTTP1
import Tunnels

/// What somebody is told whose request is not passed on: plain words, a page in a browser.
enum RefusalPage {
    static func make(_ refusal: ProxyRefusal, for request: HTTPRequestHead?, isKept: Bool) -> (
        HTTPResponseHead, ByteBuffer
    ) {
        let accepted = request?.headers[canonicalForm: "accept"].joined(separator: ",").lowercased() ?? ""
        let isPage = accepted.contains("text/html")
        let body = ByteBuffer(string: isPage ? page(refusal) : text(refusal))
        var head = HTTPResponseHead(version: request?.version ?? .http1_1, status: refusal.status)
        head.headers.add(name: "Content-Type", value: isPage ? "text/html; charset=utf-8" : "text/plain; charset=utf-8")
        head.headers.add(name: "Content-Length", value: String(body.readableBytes))
        head.headers.add(name: "Cache-Control", value: "no-store")
        head.headers.add(name: WebProbe.stepHeader, value: refusal.step ?? WebProbe.noStep)
        for (name, value) in refusal.headers.sorted(by: { $0.key < $1.key }) {
            head.headers.add(name: name, value: value)
        }
        ForwardedHead.sayKept(isKept, &head)
        return (head, body)
    }

    private static func lines(_ refusal: ProxyRefusal) -> [String] {
        [refusal.message, refusal.step.map { "The step that failed: \($0)" }, refusal.advice].compactMap(\.self)
    }

    private static func title(_ refusal: ProxyRefusal) -> String {
        "\(refusal.status.code) \(refusal.status.reasonPhrase)"
    }

    private static func text(_ refusal: ProxyRefusal) -> String {
        ([title(refusal)] + lines(refusal)).map { $0 + "\n" }.joined()
    }

    private static func page(_ refusal: ProxyRefusal) -> String {
        let body = lines(refusal).map { "<p>\(escaped($0))</p>\n" }.joined()
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escaped(title(refusal)))</title>
            <style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;\
            color-scheme:light dark}</style></head>
            <body><h1>\(escaped(title(refusal)))</h1>
            \(body)</body></html>

            """
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

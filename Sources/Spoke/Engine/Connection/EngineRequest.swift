package import CallProtocol
import NIOHTTP1

/// One question to an engine.
package struct EngineRequest: Sendable {
    package enum Method: String, Sendable { case get, post, put, delete, head }

    package enum Body: Sendable {
        case none
        case json(JSONValue)
        /// Bytes that come while the request is made, as a tar archive.
        case streamed(contentType: String)
    }

    package var method: Method
    /// From the version on: `/containers/json`; its parts are escaped already.
    package var path: String
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)] = []
    package var body: Body
    /// Whether the connection becomes a byte channel of its own with the answer.
    package var upgrades = false

    package init(
        _ method: Method, _ path: String, query: [(name: String, value: String)] = [], body: Body = .none
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }

    /// The request as it goes out.
    /// - Parameter version: of the API, `1.41`; nil for what is the same in all.
    func head(version: String?) -> HTTPRequestHead {
        var target = version.map { "/v\($0)" + path } ?? path
        if !query.isEmpty {
            target += "?" + query.map { Self.escape($0.name) + "=" + Self.escape($0.value) }.joined(separator: "&")
        }
        var fields = HTTPHeaders(headers)
        // The name means nothing on a socket; HTTP wants one.
        fields.add(name: "Host", value: "engine")
        fields.add(name: "User-Agent", value: "capstan")
        switch body {
        case .none: if method == .post || method == .put { fields.add(name: "Content-Length", value: "0") }
        case .json(let value):
            fields.add(name: "Content-Type", value: "application/json")
            fields.add(name: "Content-Length", value: String(RawJSON(value).count))
        case .streamed(let type):
            fields.add(name: "Content-Type", value: type)
            fields.add(name: "Transfer-Encoding", value: "chunked")
        }
        if upgrades {
            fields.add(name: "Connection", value: "Upgrade")
            fields.add(name: "Upgrade", value: "tcp")
        } else {
            fields.add(name: "Connection", value: "close")
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method.rawValue.uppercased()), uri: target, headers: fields)
    }

    /// A text as one part of a path or a query: all but the unreserved characters of RFC 3986 as `%XX`.
    package static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

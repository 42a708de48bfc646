import CallProtocol
import Operations

/// Makes the bytes of a body.
struct BodyWriter {
    let form: BodyForm
    let boundary: String
    let operation: String

    struct Made {
        var bytes: [UInt8]
        var contentType: String
    }

    func bytes(_ value: JSONValue) throws(CallError) -> Made {
        switch form.encoding {
        case .json:
            let type = form.mediaType.hasSuffix("*") ? "application/json" : form.mediaType
            return Made(bytes: Self.json(value), contentType: type)
        case .form: return Made(bytes: Array(pairs(value).utf8), contentType: form.mediaType)
        case .multipart:
            let type = form.mediaType.prefix { $0 != ";" }
            return Made(bytes: try parts(value), contentType: "\(type); boundary=\(boundary)")
        case .text:
            guard let bytes = BinaryValue.bytes(value) else {
                throw wrong("body", "must be a text, or {\"base64\": ...}")
            }
            return Made(bytes: bytes, contentType: form.mediaType)
        case .bytes:
            guard let bytes = BinaryValue.bytes(value) else {
                throw wrong("body", "must be a text, or {\"base64\": ...}")
            }
            return Made(bytes: bytes, contentType: try contentType(of: value, "body") ?? usual(form.mediaType))
        case .any:
            if let text = value.stringValue {
                return Made(bytes: Array(text.utf8), contentType: "text/plain; charset=utf-8")
            }
            if value["base64"] != nil, let bytes = BinaryValue.bytes(value) {
                return Made(bytes: bytes, contentType: try contentType(of: value, "body") ?? "application/octet-stream")
            }
            return Made(bytes: Self.json(value), contentType: "application/json")
        }
    }

    private static func json(_ value: JSONValue) -> [UInt8] { Array(value.description.utf8) }

    /// A range of types is not one that bytes can have.
    private func usual(_ type: String) -> String { type.contains("*") ? "application/octet-stream" : type }

    private func pairs(_ value: JSONValue) -> String {
        var pairs: [String] = []
        for member in value.objectValue ?? [:] {
            let encoding = form.fields[member.key] ?? FieldEncoding()
            let isDeep = encoding.style == .deepObject
            let text = ParameterText(
                name: member.key, style: encoding.style, explode: encoding.explode,
                allowsReserved: encoding.allowsReserved)
            // A form has no levels: what is within a field is JSON, unless the document says how else.
            let flat: JSONValue =
                switch member.value {
                case .object where !isDeep && !encoding.isStyled: .string(member.value.description)
                case .array(let elements) where !isDeep:
                    .array(elements.map { $0.objectValue == nil ? $0 : .string($0.description) })
                default: member.value
                }
            pairs += text.pairs(flat).map { "\($0.name)=\($0.value)" }
        }
        return pairs.joined(separator: "&")
    }

    private func parts(_ value: JSONValue) throws(CallError) -> [UInt8] {
        var bytes: [UInt8] = []
        for member in value.objectValue ?? [:] where !member.value.isNull {
            for element in member.value.arrayValue ?? [member.value] {
                let part = try self.part(member.key, element)
                bytes += Array("--\(boundary)\r\n".utf8) + part + Array("\r\n".utf8)
            }
        }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }

    private func part(_ name: String, _ value: JSONValue) throws(CallError) -> [UInt8] {
        let encoding = form.fields[name]
        var disposition = "form-data; name=\"\(Self.quoted(name))\""
        var type = encoding?.contentType.map { String($0.prefix { $0 != "," }) }
        let content: [UInt8]
        if value["base64"] != nil {
            guard let bytes = BinaryValue.bytes(value) else { throw wrong("body.\(name).base64", "is no base64") }
            content = bytes
            type =
                try contentType(of: value, "body.\(name)") ?? type.flatMap { $0.contains("*") ? nil : $0 }
                ?? "application/octet-stream"
            disposition += "; filename=\"\(Self.quoted(value["filename"]?.stringValue ?? name))\""
        } else if isFile(name), let text = value.stringValue {
            content = Array(text.utf8)
            disposition += "; filename=\"\(Self.quoted(name))\""
            type = type.flatMap { $0.contains("*") ? nil : $0 } ?? "application/octet-stream"
        } else if value.objectValue != nil || value.arrayValue != nil {
            content = Self.json(value)
            type = type ?? "application/json"
        } else {
            content = Array(ParameterText.plain(value).utf8)
        }
        var head = "Content-Disposition: \(disposition)\r\n"
        if let type, !type.contains("*"), HeaderText.isValue(type) { head += "Content-Type: \(type)\r\n" }
        for header in encoding?.headers ?? [] { head += "\(header.name): \(header.value)\r\n" }
        return Array("\(head)\r\n".utf8) + content
    }

    /// Whether a field is one of bytes: a server takes it for a file only where it has a name.
    private func isFile(_ name: String) -> Bool {
        guard let field = form.schema.property(name) else { return false }
        return field == BinaryValue.schema || field.keywords.items == BinaryValue.schema
    }

    /// What a browser makes of a name in quotes (WHATWG HTML, multipart form data).
    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { quoted, scalar in
            switch scalar {
            case "\"": quoted += "%22"
            case "\r": quoted += "%0D"
            case "\n": quoted += "%0A"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
    }

    private func contentType(of value: JSONValue, _ field: String) throws(CallError) -> String? {
        guard let type = value["contentType"]?.stringValue else { return nil }
        guard HeaderText.isValue(type), type.contains("/") else {
            throw wrong("\(field).contentType", "is no media type")
        }
        return type
    }

    private func wrong(_ field: String, _ reason: String) -> CallError {
        CallError(
            .invalidInput, "\(operation): \(field): \(reason)",
            details: ["violations": [.string("\(field): \(reason)")]])
    }
}

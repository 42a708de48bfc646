import CallProtocol
import FoundationEssentials
import OpenAPI
import Operations

/// Imports a large document once, in a process of its own: reading, operations, and every definition that they lead to.
enum ImportSide {
    struct Unwritten: Error {}

    /// Writes the document as JSON, or as YAML in block style.
    static func write(_ path: String, isYAML: Bool) throws {
        var text = ""
        if isYAML { yaml(LargeDocument.value, 0, &text) } else { text = LargeDocument.value.description }
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    /// Prints seconds, operations, and the most memory that the process had, in MiB.
    static func run(_ path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let start = ContinuousClock.now
        let document = try DocumentImporter.read(DocumentFiles(root: "document") { $0 == "document" ? bytes : nil })
        let (requests, responses) = (document.requestSchemas, document.responseSchemas)
        _ = requests.definitions(of: document.operations.map { InputShape.schema(of: $0) })
        _ = responses.definitions(of: document.operations.map { ResponseReader($0, responses).output })
        let (seconds, attoseconds) = start.duration(to: .now).components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        print("\(time) \(document.operations.count) \(try mostMemory()) \(bytes.count)")
    }

    private static func mostMemory() throws -> Double {
        let status = String(decoding: try Data(contentsOf: URL(filePath: "/proc/self/status")), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kilobytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Double($0) }) else {
            throw Unwritten()
        }
        return kilobytes / 1024
    }

    private static func yaml(_ value: JSONValue, _ depth: Int, _ text: inout String) {
        let indent = String(repeating: "  ", count: depth)
        switch value {
        case .object(let members) where !members.isEmpty:
            for member in members {
                text += "\(indent)\(JSONValue.string(member.key)):"
                follow(member.value, depth, &text)
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                text += "\(indent)-"
                follow(element, depth, &text)
            }
        default: text += "\(indent)\(value)\n"
        }
    }

    private static func follow(_ value: JSONValue, _ depth: Int, _ text: inout String) {
        let isNested = value.objectValue?.isEmpty == false || value.arrayValue?.isEmpty == false
        text += isNested ? "\n" : " "
        yaml(value, isNested ? depth + 1 : 0, &text)
    }
}

import FoundationEssentials
import NIOCore

@testable import CallProtocol

/// The JSON parser, everything that reads through it, and another parser as a witness.
enum JSONTarget {
    static let target = FuzzTarget(name: "json", largest: 65_536, words: Seeds.jsonWords, seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let buffer = ByteBuffer(bytes: bytes)
        let raw = attempt(JSONParseError.self) { try RawJSON(validating: buffer) }
        switch attempt(JSONParseError.self, { try JSONParser.parse(buffer) }) {
        case .failure(let error):
            must(0...bytes.count ~= error.offset, "\(error) lies within \(bytes.count) bytes")
            must(1..<800 ~= error.description.utf8.count, "an error is short: \(error)")
            // Checking leaves numbers alone, reading does not.
            if case .success(let raw) = raw {
                must(error.reason == .numberOutOfRange, "what is valid can be read: \(error)")
                must((try? raw.value()) == nil, "reading it later says the same")
            }
        case .success(let value):
            guard case .success(let raw) = raw else { return must(false, "what can be read is valid: \(raw)") }
            must((try? raw.value()) == value, "reading it later says the same")
            writeAgain(value)
            skim(buffer, value)
            limits(buffer, value)
            if bytes.count <= 4096 { witness(bytes, value) }
        }
    }

    private static func writeAgain(_ value: JSONValue) {
        let written = RawJSON(value)
        guard let again = try? JSONParser.parse(written.buffer) else { return must(false, "\(written) can be read") }
        must(again == value && again.hashValue == value.hashValue, "\(written) is what was written")
        must(RawJSON(again) == written, "writing it twice makes the same bytes")
        let canonical = value.canonicalBytes()
        guard let same = try? JSONParser.parse(canonical) else { return must(false, "canonical bytes can be read") }
        must(same == value && same.canonicalBytes() == canonical, "canonical bytes mean the same")
        must((try? JSONCoding.encode(value)) == written, "Codable writes the same")
        must((try? JSONCoding.decode(JSONValue.self, from: written.buffer)) == value, "Codable reads the same")
    }

    /// Skimming tells where the members are that reading finds.
    private static func skim(_ buffer: ByteBuffer, _ value: JSONValue) {
        let skimmed = attempt(JSONParseError.self) { try JSONScanner(buffer) }
        guard let object = value.objectValue, object.count <= 1024 else {
            if case .success = skimmed { must(false, "only an object of 1024 members can be skimmed") }
            return
        }
        guard case .success(let scanner) = skimmed else { return must(false, "an object can be skimmed: \(skimmed)") }
        must(scanner.members.map(\.key).elementsEqual(object.keys) { $0.utf8.elementsEqual($1.utf8) }, "the same keys")
        for (skimmed, read) in zip(scanner.members, object) {
            must((try? skimmed.value.value()) == read.value, "the member \(read.key) has the same value")
            must(scanner.string(read.key) == read.value.stringValue, "the member \(read.key) has the same text")
        }
    }

    private static func limits(_ buffer: ByteBuffer, _ value: JSONValue) {
        let depth = depth(value)
        must(depth <= JSONLimits.deepest, "no deeper than allowed")
        for limit in [1, 2, 7] {
            let shallow = (try? JSONParser.parse(buffer, limits: JSONLimits(depth: limit))) != nil
            must(shallow == (depth <= limit), "a depth of \(depth) within \(limit)")
        }
        must((try? JSONParser.parse(buffer, limits: JSONLimits(bytes: buffer.readableBytes))) == value, "bytes enough")
        must(
            (try? JSONParser.parse(buffer, limits: JSONLimits(bytes: buffer.readableBytes - 1))) == nil,
            "a byte too few is a byte too few")
    }

    private static func depth(_ value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        case .object(let object): 1 + (object.members.map { depth($0.value) }.max() ?? 0)
        default: 0
        }
    }

    /// What we accept another reader of JSON accepts, with the same meaning.
    private static func witness(_ bytes: [UInt8], _ value: JSONValue) {
        do {
            let other = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            must(other == value, "Foundation reads \(other), we \(value)")
        } catch {
            must(false, "Foundation reads \(RawJSON(value)): \(error)")
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let many = (0..<2000).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
        let alike = (0..<40).map { "\"\\u00\(41 + $0)\":[\($0).5e-\($0)]" }.joined(separator: ",")
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        let deeper = String(repeating: "{\"a\":", count: 129) + "1" + String(repeating: "}", count: 129)
        return Seeds.texts([
            "null", " true ", "[1,-2,3.25,1e21,1E-7,-0,0.1]", "{\"a\":{\"b\":[]},\"c\":\"\\u00e9\\n\\ud83d\\ude00\"}",
            "\"plain \u{E9} \u{1F600}\"", "{\(many)}", "{\(alike)}", deep, deeper, "{\"a\":1,\"\\u0061\":2}",
            "[9223372036854775807,-9223372036854775808,9223372036854775808,1.7976931348623157e308,5e-324]",
            "[\(String(repeating: "0,", count: 20_000))0]", "\"\(String(repeating: "\\u0041", count: 8000))\"", "1e400",
            String(repeating: "9", count: 400), "0.\(String(repeating: "0", count: 400))1",
        ])
    }
}

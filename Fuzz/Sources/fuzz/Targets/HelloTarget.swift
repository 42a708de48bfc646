import CallProtocol
import NIOCore

/// The first frame of a stranger.
enum HelloTarget {
    static let target = FuzzTarget(
        name: "hello",
        words: Seeds.jsonWords + [
            "\"version\":", "\"minVersion\":", "\"software\":", "\"role\":", "\"link\":", "\"slot\":", "\"instance\":",
            "\"generation\":", "\"initialCredit\":", "\"maxStreams\":", "\"operations\":", "\"keyStatements\":",
            "\"features\":", "\"spoke\"", "\"operator\"", "\"enrol\"", "\"bulk\"", "4294967295", "2147483648",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let json = ByteBuffer(bytes: bytes)
        let versions = attempt(DecodingError.self) { try JSONCoding.decode(Hello.Versions.self, from: json) }
        if case .success(let versions) = versions, let range = versions.range {
            _ = ProtocolVersion.common(ProtocolVersion.minimum...ProtocolVersion.current, range)
        }
        switch attempt(DecodingError.self, { try JSONCoding.decode(Hello.self, from: json) }) {
        case .failure(let error):
            must(!JSONCoding.sentence(error).isEmpty, "an error says something")
        case .success(let hello):
            guard case .success(let versions) = versions else {
                return must(false, "the versions of a HELLO can be read")
            }
            must(versions.version == hello.version, "a HELLO has one version")
            let again = attempt(DecodingError.self) {
                try JSONCoding.decode(Hello.self, from: try JSONCoding.encode(hello))
            }
            guard case .success(let again) = again else { return must(false, "\(hello) can be read: \(again)") }
            must(again == hello, "\(hello) came back as \(again)")
            if let defect = hello.defect {
                must(defect.utf8.count < 200, "a defect is told in short: \(defect)")
            } else {
                must(
                    versions.range != nil && hello.features.count <= 64 && hello.software.utf8.count <= 256
                        && (hello.keyStatements?.count ?? 0) <= Hello.maximumKeyStatements
                        && hello.initialCredit <= Credit.maximum,
                    "a HELLO without defect is within its bounds")
            }
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        var spoke = Hello(software: "capstan 1.0", role: .spoke, instance: String(repeating: "0a", count: 16))
        var hub = Hello(software: "capstan 1.0", role: .hub, instance: String(repeating: "F", count: 32))
        spoke.link = .bulk
        spoke.slot = 3
        spoke.generation = .max
        spoke.operations = String(repeating: "e", count: 64)
        spoke.features = ["one", "two"]
        hub.initialCredit = Credit.maximum
        hub.maxStreams = .max
        hub.keyStatements = [.init(oldSpki: "AA==", newSpki: "AQ==", signature: "Ag==")]
        let many = Array(repeating: Hello.KeyStatement(oldSpki: "", newSpki: "", signature: ""), count: 65)
        var crowded = hub
        crowded.keyStatements = many
        return [spoke, hub, crowded].map { hello in Seeds.bytes { try JSONCoding.encode(hello, into: &$0) } }
            + Seeds.texts(["{\"version\":2,\"minVersion\":3}", "{\"version\":4294967296}"])
    }
}

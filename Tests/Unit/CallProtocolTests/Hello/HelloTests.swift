import CallProtocol
import NIOCore
import Testing

@Suite("HELLO says who speaks")
struct HelloTests {
    private let instance = String(repeating: "0a", count: 16)

    @Test("everything survives the way there and back")
    func roundTrip() throws {
        var hello = Hello(software: "capstan/1", role: .spoke, instance: instance)
        hello.link = .bulk
        hello.slot = 3
        hello.generation = 7
        hello.operations = "abc"
        hello.keyStatements = [.init(oldSpki: "a", newSpki: "b", signature: "c")]
        hello.features = ["x"]
        #expect(try JSONCoding.decode(Hello.self, from: try JSONCoding.encode(hello)) == hello)
        #expect(hello.defect == nil)
    }

    @Test("unknown keys are ignored and optional ones may be left out")
    func lenient() throws {
        let text =
            #"{"version":3,"role":"operator","instance":"\#(instance)","initialCredit":5,"maxStreams":6,"new":[1]}"#
        let hello = try JSONCoding.decode(Hello.self, from: ByteBuffer(string: text))
        #expect((hello.version, hello.minVersion, hello.role, hello.link) == (3, 3, .operator_, .control))
        #expect((hello.initialCredit, hello.maxStreams, hello.features) == (5, 6, []))
    }

    @Test(
        "what cannot be worked with is told",
        arguments: [
            Defect("minVersion") { $0.minVersion = 2 }, Defect("short instance") { $0.instance = "ab" },
            Defect("instance not hex") { $0.instance = String(repeating: "zz", count: 16) },
            Defect("credit") { $0.initialCredit = 0x8000_0000 }, Defect("slot") { $0.slot = 4 },
            Defect("negative slot") { $0.slot = -1 },
            Defect("software") { $0.software = String(repeating: "x", count: 257) },
            Defect("features") { $0.features = Array(repeating: "f", count: 65) },
        ])
    func defects(defect: Defect) {
        var hello = Hello(software: "s", role: .spoke, instance: instance)
        #expect(hello.defect == nil)
        defect.change(&hello)
        #expect(hello.defect != nil)
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout Hello) -> Void

        init(_ name: String, _ change: @escaping @Sendable (inout Hello) -> Void) {
            testDescription = name
            self.change = change
        }
    }

    @Test(
        "the common version is the highest that both ranges contain",
        arguments: [
            (1...1, 1...1, 1), (1...3, 2...5, 3), (2...5, 1...3, 3), (1...2, 3...4, nil), (3...4, 1...2, nil),
            (1...9, 4...4, 4),
        ] as [(ClosedRange<UInt32>, ClosedRange<UInt32>, UInt32?)])
    func versions(local: ClosedRange<UInt32>, remote: ClosedRange<UInt32>, common: UInt32?) {
        #expect(ProtocolVersion.common(local, remote) == common)
    }

    @Test("the versions of a later HELLO can be read even where nothing else of it can")
    func laterVersions() throws {
        let text = #"{"version":9,"minVersion":8,"role":"librarian","instance":{"deep":true}}"#
        let versions = try JSONCoding.decode(Hello.Versions.self, from: ByteBuffer(string: text))
        #expect(versions.range == 8...9)
        let reversed = try JSONCoding.decode(
            Hello.Versions.self, from: ByteBuffer(string: #"{"version":1,"minVersion":2}"#))
        #expect(reversed.range == nil)
    }

    @Test("the history of the protocol ends with what this build speaks")
    func history() {
        #expect(ProtocolVersion.history.last?.version == ProtocolVersion.current)
        #expect(ProtocolVersion.history.map(\.version) == ProtocolVersion.history.map(\.version).sorted())
        #expect(ProtocolVersion.minimum <= ProtocolVersion.current)
    }
}

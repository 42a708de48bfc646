import Testing

/// The fuzzer's package builds the product's modules from their own sources, and has to name them a second time.
@Suite("The fuzzer's manifest says of the product's modules what the product's says")
struct FuzzManifestTests {
    private static func manifests() throws -> (product: String, fuzz: String) {
        (try Repository.text("Package.swift"), try Repository.text("Fuzz/Package.swift"))
    }

    @Test("the same modules with the same dependencies, in the same order")
    func modules() throws {
        let (product, fuzz) = try Self.manifests()
        let ours = try Self.part(of: product, from: "module(\n            \"API\"", to: "module(\"Formats\"")
        let theirs = try Self.part(of: fuzz, from: "module(\n            \"API\"", to: "module(\"Formats\"")
        #expect(ours.contains("\"Store\""))
        #expect(Self.words(ours) == Self.words(theirs.replacing("\"Product/", with: "\"Sources/")))
    }

    @Test("the command line with the same dependencies")
    func commandLine() throws {
        let (product, fuzz) = try Self.manifests()
        let ours = try Self.part(of: product, from: "name: \"capstan\",\n            dependencies: [", to: "]")
        let theirs = try Self.part(of: fuzz, from: "\"capstan\", \"CLI\",\n            [", to: "]")
        #expect(Self.names(ours).contains("\"Agent\""))
        #expect(Self.names(ours) == Self.names(theirs))
    }

    @Test("the same packages from the same versions on, and the same language")
    func packages() throws {
        let (product, fuzz) = try Self.manifests()
        for mark in [".package(url:", ".enableUpcomingFeature(", ".swiftLanguageMode(", "swift-tools-version"] {
            let ours = Self.lines(product, with: mark)
            #expect(!ours.isEmpty)
            #expect(ours == Self.lines(fuzz, with: mark))
        }
    }

    private static func part(of text: String, from start: String, to end: String) throws -> String {
        let start = try #require(text.ranges(of: start).first, "the manifest is written otherwise: \(start)")
        let rest = text[start.lowerBound...]
        let end = try #require(rest.ranges(of: end).first)
        return String(rest[..<end.lowerBound])
    }

    private static func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\n" } }

    /// The modules and products that a list names.
    private static func names(_ text: String) -> Set<String> {
        Set(text.matches(of: /"[A-Z][A-Za-z]+"|Lib\.[A-Za-z0-9]+/).map { String($0.output) }).subtracting(["\"CLI\""])
    }

    private static func lines(_ text: String, with mark: String) -> [String] {
        text.split(separator: "\n").filter { $0.contains(mark) }.map { String($0.drop { $0 == " " }) }
    }
}

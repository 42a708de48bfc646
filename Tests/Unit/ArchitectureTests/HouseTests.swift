import Testing

@Suite("The house is kept in order")
struct HouseTests {
    @Test("no file is longer than 500 lines", arguments: ["Sources", "Tests"])
    func length(folder: String) throws {
        for file in try Repository.swiftFiles(below: folder) where file.source.lines.count > 501 {
            Issue.record("\(file.path) has \(file.source.lines.count - 1) lines: what second thing does it do?")
        }
    }

    @Test("what can end the process or defeats the compiler's checks has its reason in the line above")
    func reasons() throws {
        for file in try Repository.swiftFiles(below: "Sources") {
            for violation in Architecture.unexplained(file.source, at: file.path) {
                Issue.record(Comment(rawValue: violation))
            }
        }
    }

    @Test(
        "a forged exception without its reason is caught",
        arguments: [
            "let x = try! f()", "fatalError(\"x\")", "class C: @unchecked Sendable {}", "nonisolated(unsafe) var x",
        ])
    func forged(line: String) {
        #expect(Architecture.unexplained(SwiftSource("let a = 1\n" + line), at: "X.swift").count == 1)
        #expect(Architecture.unexplained(SwiftSource(line), at: "X.swift").count == 1)
        #expect(Architecture.unexplained(SwiftSource("// Because.\n" + line), at: "X.swift").isEmpty)
        #expect(Architecture.unexplained(SwiftSource("// " + line + "\nlet s = \"try!\""), at: "X.swift").isEmpty)
    }

    @Test("every folder of Sources stands on the map in Docs/architecture.md")
    func map() throws {
        let map = try Repository.text("Docs/architecture.md")
        for folder in try Repository.folders(below: "Sources") where !map.contains("`\(folder)`") {
            Issue.record("\(folder) is not on the map: add `\(folder)` and what it is for")
        }
    }

    @Test("every module of the table that exists is in the manifest, and every folder of a module is in the table")
    func manifest() throws {
        let manifest = try Repository.text("Package.swift")
        let folders = Set(try Repository.folders(below: "Sources"))
        for rule in ModuleRule.all where folders.contains(rule.folder) {
            #expect(manifest.contains("\"\(rule.name)\""), "\(rule.name) is not in Package.swift")
        }
        let sides = ["Sources/Shared/", "Sources/Hub/", "Sources/Spoke/"]
        for folder in folders {
            guard let side = sides.first(where: { folder.hasPrefix($0) }) else { continue }
            guard !folder.dropFirst(side.count).contains("/") else { continue }
            #expect(ModuleRule.all.contains { $0.folder == folder }, "\(folder) is in no rule")
        }
    }
}

import Testing

@Suite("Imports go down only, and every package has a home")
struct ImportTests {
    @Test("no file imports what its module may not")
    func everyFile() throws {
        let files = try Repository.swiftFiles(below: "Sources")
        #expect(!files.isEmpty)
        for file in files {
            for violation in Architecture.forbiddenImports(file.source, at: file.path) {
                Issue.record(Comment(rawValue: violation))
            }
        }
    }

    @Test("the table itself has no circle: a module imports only what stands below it")
    func tableGoesDown() {
        for (index, rule) in ModuleRule.all.enumerated() {
            let below = Set(ModuleRule.all[(index + 1)...].map(\.name))
            #expect(rule.imports.subtracting(below).isEmpty, "\(rule.name) imports what stands above it")
        }
    }

    @Test(
        "a forged import is caught, with the reason",
        arguments: [
            ("Sources/Hub/Core/X.swift", "import Agent", "hub and spoke never import each other"),
            ("Sources/Spoke/Agent/X.swift", "package import Core", "hub and spoke never import each other"),
            ("Sources/Spoke/Agent/X.swift", "import SpokeOperations", "serves any registry"),
            ("Sources/Shared/Link/Streams/X.swift", "@preconcurrency import Operations", "serves a handler"),
            ("Sources/Hub/API/X.swift", "@testable package import struct Store.PeerRecord", "asks the core"),
            ("Sources/Shared/Daemon/X.swift", "import Glibc; import Database", "without, any database"),
            ("Sources/Hub/Core/X.swift", "import GRDB", "where tables live"),
            ("Sources/Hub/Core/X.swift", "import NIOSSL", "speak their own"),
            ("Sources/Shared/CallProtocol/X.swift", "import Logging", "leave it to their callers"),
            ("Sources/Hub/Store/X.swift", "import Alamofire", "has no home"),
            ("Sources/Elsewhere/X.swift", "import Glibc", "no module of the table"),
        ])
    func forged(path: String, text: String, reason: String) throws {
        let violations = Architecture.forbiddenImports(SwiftSource("\n" + text + "\n"), at: path)
        let only = try #require(violations.first)
        #expect(violations.count == 1)
        #expect(only.contains(reason), "\(only)")
        #expect(only.hasPrefix(path))
    }

    @Test(
        "an import that is allowed, or is none, passes",
        arguments: [
            ("Sources/Hub/Core/X.swift", "package import Store\nimport Logging\nimport FoundationEssentials"),
            ("Sources/CLI/X.swift", "import ArgumentParser\nimport API"),
            ("Sources/Hub/Store/X.swift", "// import Agent\n/* import Agent\n/* import Agent */\nimport Agent */"),
            ("Sources/Hub/Store/X.swift", "let text = \"\"\"\nimport Agent\n\"\"\""),
            ("Sources/Hub/Store/X.swift", "let text = #\"\"\"\n\\\"\"\"\nimport Agent\n\"\"\"#"),
            ("Sources/Hub/Store/X.swift", "let text = \"\\(names.map { \"(\\($0)\" })\" // \"\"\"\nlet important = 1"),
        ])
    func passes(path: String, text: String) {
        #expect(Architecture.forbiddenImports(SwiftSource(text), at: path).isEmpty)
    }

    @Test("an import after literals of all kinds is still seen")
    func seenAfterLiterals() {
        let text = """
            let a = "\\(f("x", g(1)))" + #"\\"# + "\\""
            let b = \"\"\"
                \\(h { "}" }) "quoted" \\\"\"\"
                \"\"\"
            import Agent
            """
        #expect(SwiftSource(text).imports == [.init(module: "Agent", line: 5)])
    }
}

import ArgumentParser
import Daemon
import Testing

@testable import capstan

@Suite("The command line's copy")
struct CopyCommandTests {
    @Test("a place is on a node where a colon comes before any slash")
    func places() {
        #expect(CopyPlace("gpu-1:/srv/x") == .node("gpu-1", path: "/srv/x"))
        #expect(CopyPlace("gpu-1:") == .node("gpu-1", path: ""))
        #expect(CopyPlace("n:a:b") == .node("n", path: "a:b"))
        #expect(CopyPlace("./a:b") == .here("./a:b"))
        #expect(CopyPlace(":x") == .here(":x"))
        #expect(CopyPlace("/a/b") == .here("/a/b"))
        #expect(CopyPlace("a").identity(in: "/w") == "/w/a" && CopyPlace("/a").identity(in: "/w") == "/a")
        #expect(CopyPlace("n:a").identity(in: "/w") == "n:a")
    }

    @Test("what comes from a node is called as its person calls it, whatever the node says")
    func names() {
        let names = ["/srv/x", "x/", "a/.", ".", "~", "..", "", "~/y"].map { RemoteCopyOrigin.name(of: $0, on: "n1") }
        #expect(names == ["x", "x", ".", ".", "n1", "n1", "n1", "y"])
    }

    @Test("what is missing or lies here on both sides is refused", arguments: [["a"], ["a", "b"], ["a", "n:x", "b"]])
    func refused(_ places: [String]) async throws {
        let command = try #require(try Capstan.parseAsRoot(["copy"] + places) as? Copy)
        let failure = await #expect(throws: Failure.self) { try await command.run() }
        #expect(failure?.exit == .misuse && failure?.advice != nil)
    }

    @Test("the line of progress tells how far it is, how fast, and that the link is lost")
    func progress() {
        func line(_ done: Int64, _ total: Int64, rate: Double? = nil, isInterrupted: Bool = false) -> String {
            CopyProgress.line("f", .init(done: done, total: total, rate: rate, isInterrupted: isInterrupted))
        }
        #expect(line(0, 0) == "f  looking at what there is")
        #expect(line(1 << 20, 4 << 20) == "f  [======                  ] 25 %  1 MiB of 4 MiB")
        #expect(line(3 << 20, 4 << 20, rate: 524_288).hasSuffix("  512 KiB/s  2s to go"))
        #expect(line(4 << 20, 4 << 20).contains("[========================] 100 %"))
        #expect(line(1, 2, rate: 5, isInterrupted: true).hasSuffix("the link is lost; trying again"))
    }
}

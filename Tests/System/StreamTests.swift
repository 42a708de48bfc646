import Foundation
import TestKit
import Testing

@Suite("standard streams of the real binary", .serialized)
struct StreamTests {
    @Test("input that cannot be read ends exec with 1, after the program's output; closed input is empty")
    func input() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let exec = "'\(try BuiltBinary.path())' exec one --"
            let directory = try await fleet.shell("\(exec) sh -c 'cat; echo over' < /").wait(seconds: 30)
            #expect(directory.code == 1)
            #expect(directory.text == "over\n")
            #expect(directory.err.contains("cannot read stdin: Is a directory"), "\(directory.err)")

            let closed = try await fleet.shell("\(exec) sh -c 'cat; echo over' <&-").wait(seconds: 30)
            #expect(closed.code == 0)
            #expect(closed.text == "over\n")
            #expect(closed.err.isEmpty, "\(closed.err)")

            let mute = try await fleet.shell("\(exec) echo over >&-").wait(seconds: 30)
            #expect(mute.code == 1)
            #expect(mute.err.contains("cannot write to stdout"), "\(mute.err)")
        }
    }
}

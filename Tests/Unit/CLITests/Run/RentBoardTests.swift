import Operations
import Testing

@testable import capstan

@Suite("What is told of machines that come")
struct RentBoardTests {
    private let start = ContinuousClock.now

    private func machine(
        _ steps: [(phase: String, at: Int, took: Int64)], open: String? = nil, reason: String? = nil
    ) -> RentBoard.Machine {
        RentBoard.Machine(
            id: "1", name: "capstan-01kc00000000000000k2c9fq", provider: "acme", price: 0.31, currency: "USD",
            steps: steps.map { step in
                RentStep(
                    phase: step.phase, including: step.phase == "boot" && open != step.phase ? ["pull"] : nil,
                    at: "2026-11-21T00:00:\(step.at < 10 ? "0" : "")\(step.at).000Z", durationMs: step.took,
                    isOpen: step.phase == open ? true : nil)
            }, reason: reason)
    }

    @Test("each step is told once when it is over, and the whole at the end; nothing of it controls a terminal")
    func steps() {
        var board = RentBoard()
        let first = board.take([machine([("offer", 0, 340), ("create", 1, 5)], open: "create")], at: start)
        #expect(
            first == ["capstan-01kc00000000000000k2c9fq at acme, 0.3100 USD an hour", "  offer       340ms"])
        #expect(board.take([machine([("offer", 0, 340), ("create", 1, 5)], open: "create")], at: start).isEmpty)
        let next = board.take(
            [machine([("offer", 0, 340), ("create", 1, 1_250), ("boot", 2, 72_400)])], at: start)
        #expect(next == ["  create      1.2s", "  boot, pull  1m12s", "  in all      1m14s"])
        #expect(board.line(at: start) == nil)
        var foreign = machine([("a\u{1B}[2Jb", 0, 0)], open: "")
        (foreign.name, foreign.provider) = ("n\r\u{7}", "p\n")
        var other = RentBoard()
        #expect(other.take([foreign], at: start).allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 } })
    }

    @Test("what goes on is told with its time and that of the whole, by the hub's clock and then by ours")
    func live() {
        var board = RentBoard()
        #expect(board.line(at: start) == nil)
        _ = board.take([machine([("offer", 0, 900), ("create", 1, 2_000)], open: "create")], at: start)
        #expect(
            board.line(at: start.advanced(by: .seconds(10)))
                == "capstan-…k2c9fq at acme, 0.3100 USD an hour: create 12s, 13s in all")
        #expect(board.line(at: start.advanced(by: .seconds(-100)))?.contains("create 2s, 3s in all") == true)
        let ended = board.take([machine([("offer", 0, 900), ("create", 1, 4_000)], reason: "sold out")], at: start)
        #expect(ended == ["  create      4.0s", "  ended: sold out"] && board.line(at: start) == nil)
    }

    @Test("a line that is drawn anew leaves room, and is taken away before anything is said")
    func drawing() {
        var line = LiveLine()
        #expect(line.above("a\n") == "a\n")
        #expect(line.drawing("abcdef", columns: 5) == "\rabcd\u{1B}[K")
        #expect(line.drawing("abcdxx", columns: 5).isEmpty, "it shows this already")
        #expect(line.above("said\n") == "\r\u{1B}[Ksaid\nabcd")
        #expect(line.drawing(nil, columns: 5) == "\r\u{1B}[K")
        #expect(line.drawing(nil, columns: 5).isEmpty && line.drawing("a", columns: 0) == "\r\u{1B}[K")
    }

    @Test("a container's age is a span, and nothing where there is none")
    func age() {
        #expect(ContainerAge.reckon("100.25", uptime: "160.75 9.00\n") == 60_500)
        #expect(ContainerAge.reckon("160.75", uptime: "160.75") == 0)
        for noted in [nil, "", "x", "-5", "161", "nan", "inf"] {
            #expect(ContainerAge.reckon(noted, uptime: "160.75 9.00") == nil, "\(noted ?? "nil")")
        }
        #expect(ContainerAge.reckon("1", uptime: "1e300") == nil && ContainerAge.reckon("1", uptime: "") == nil)
        #expect(ContainerAge.reckon("1", uptime: "inf") == nil && ContainerAge.reckon("1", uptime: "nan") == nil)
    }
}

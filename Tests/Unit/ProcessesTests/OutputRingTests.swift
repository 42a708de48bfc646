import TestKit
import Testing

@testable import Processes

@Suite("The latest output of a session")
struct OutputRingTests {
    private func add(_ ring: inout OutputRing, _ kind: Record.Kind, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { ring.append(kind, $0) }
    }

    /// All that a ring has from an offset on.
    private func read(_ ring: OutputRing, from offset: UInt64, portion: Int) -> [(Record.Kind, UInt8)] {
        var (place, all) = (offset, [(Record.Kind, UInt8)]())
        while place < ring.end {
            let run = ring.run(at: place, atMost: portion)
            var bytes: [UInt8] = []
            ring.copy(from: place, count: run.count, to: &bytes)
            all += bytes.map { (run.kind, $0) }
            place += UInt64(run.count)
        }
        return all
    }

    @Test("is what was added last, of each kind, whatever the portions", arguments: 0..<20 as Range<UInt64>)
    func like(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ring = OutputRing()
        var all: [(Record.Kind, UInt8)] = []
        for _ in 0..<60 {
            let kind: Record.Kind = Bool.random(using: &random) ? .stdout : .stderr
            let most = Int.random(in: 1...4, using: &random) == 1 ? 70_000 : 300
            let bytes = (0..<Int.random(in: 0...most, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            add(&ring, kind, bytes)
            all += bytes.map { (kind, $0) }
        }
        #expect(ring.end == UInt64(all.count))
        #expect(ring.begin == UInt64(max(0, all.count - OutputRing.capacity)))
        let from = UInt64.random(in: ring.begin...ring.end, using: &random)
        let read = read(ring, from: from, portion: Int.random(in: 1...50_000, using: &random))
        #expect(read.elementsEqual(all[Int(from)...], by: ==))
    }

    @Test("of more than all of it the end is kept")
    func large() {
        var ring = OutputRing()
        let bytes = (0..<OutputRing.capacity * 2 + 5).map { UInt8(truncatingIfNeeded: $0 / 7) }
        add(&ring, .stdout, bytes)
        #expect(ring.begin == UInt64(bytes.count - OutputRing.capacity))
        #expect(read(ring, from: ring.begin, portion: 999).map(\.1).elementsEqual(bytes[Int(ring.begin)...]))
    }

    @Test("with very many changes between the kinds less is kept, and what is kept is right")
    func changes() {
        var ring = OutputRing()
        for number in 0..<20_000 {
            add(&ring, number % 2 == 0 ? .stdout : .stderr, [UInt8(truncatingIfNeeded: number)])
        }
        #expect(ring.end == 20_000 && ring.begin >= 15_000 && ring.begin < 16_000)
        let read = read(ring, from: ring.begin, portion: 100)
        #expect(
            read.enumerated().allSatisfy { index, one in
                let number = Int(ring.begin) + index
                return one.0 == (number % 2 == 0 ? .stdout : .stderr) && one.1 == UInt8(truncatingIfNeeded: number)
            })
    }
}

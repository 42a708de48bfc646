import CallProtocol
import NIOCore
import Testing

@Suite("A small part of a large buffer by itself")
struct CompactedTests {
    @Test("it holds the same bytes, and little else; what is most of its storage is not copied")
    func compacted() throws {
        var large = ByteBuffer()
        for number in 0..<32_768 { large.writeInteger(UInt16(number)) }
        let small = try #require(large.getSlice(at: 1_000, length: 100))
        #expect(small.storageCapacity >= 65_536 && small.compacted.storageCapacity < 256)
        #expect(small.compacted == small)
        let most = try #require(large.getSlice(at: 2, length: 40_000))
        #expect(most.compacted == most && most.compacted.storageCapacity == most.storageCapacity)
        var used = large
        used.moveReaderIndex(forwardBy: used.readableBytes)
        #expect(used.compacted.storageCapacity == 0)
    }
}

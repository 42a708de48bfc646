import Glibc
import Testing

@testable import capstan

@Suite("Arguments before they are text")
struct RawArgumentsTests {
    private func firstNotUTF8(_ arguments: [[UInt8]]) -> Int? {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { bytes in
            strdup((bytes + [0]).map { CChar(bitPattern: $0) })
        }
        defer { pointers.forEach { free($0) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { RawArguments.firstNotUTF8(count: Int32(arguments.count), $0) }
        }
    }

    @Test("The first one that is not UTF-8 is found, whatever the program is called")
    func found() {
        let run = Array("run".utf8)
        #expect(firstNotUTF8([run, run]) == nil)
        #expect(firstNotUTF8([[0xFF], Array("grün".utf8)]) == nil)
        #expect(firstNotUTF8([run, run, [0xFF, 0xFE]]) == 2)
        #expect(firstNotUTF8([run, [0x61, 0xC0, 0x80], [0xFF]]) == 1)
    }
}

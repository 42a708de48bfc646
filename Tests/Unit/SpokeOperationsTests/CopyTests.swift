import CallProtocol
import Foundation
import NIOCore
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite("Files to a spoke's machine and from it", .timeLimit(.minutes(1)))
struct CopyTests {
    private func sent(_ spoke: Spoke, _ path: String, etag: String? = nil, offset: Int64? = nil) async throws
        -> (HostCopyOutOutput, [UInt8])
    {
        let (output, stream) = try await spoke.client.session(
            HostOperations.copyOut, HostCopyOutInput(path: path, etag: etag, offset: offset))
        stream.finish()
        var bytes: [UInt8] = []
        while let piece = try await stream.nextBytes() { bytes += piece.readableBytesView }
        return (output, bytes)
    }

    private func archive(_ described: HostCopyOutOutput, transfer: String = "t") -> CopyArchive {
        CopyArchive(
            etag: described.etag, bytes: described.bytes, name: described.name, folder: described.folder,
            transfer: transfer)
    }

    /// Opens a copy to `path` and sends `bytes`; with `isWhole` to its end.
    @discardableResult
    private func receive(
        _ spoke: Spoke, _ path: String, _ archive: CopyArchive?, _ bytes: some Collection<UInt8>, isWhole: Bool = true
    ) async throws -> (HostCopyInOutput, SessionStream) {
        let (output, stream) = try await spoke.client.session(
            HostOperations.copyIn, HostCopyInInput(path: path, archive: archive))
        try await stream.sendRaw(ByteBuffer(bytes: bytes.dropFirst(Int(output.offset))))
        if isWhole {
            stream.finish()
            try await end(of: stream)
        }
        return (output, stream)
    }

    private func end(of stream: SessionStream) async throws {
        do throws(StreamFailure) {
            while try await stream.nextBytes() != nil {}
        } catch {
            throw CallError(error)
        }
    }

    @Test("what is sent is what arrives, also in the second half, and the home is where relative paths are")
    func there() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
                mkdir(folder + "/src", 0o755)
                try content.write(to: URL(filePath: folder + "/src/f"))
                let (described, bytes) = try await sent(spoke, "src")
                #expect(described.bytes == Int64(bytes.count) && described.entries == 2 && described.folder)
                #expect(described.content == 300_000 && described.name == "src" && described.offset == 0)
                let (second, rest) = try await sent(spoke, "~/src", etag: described.etag, offset: 150_000)
                #expect(second.offset == 150_000 && rest == Array(bytes[150_000...]))
                #expect(try await sent(spoke, "src", etag: "other", offset: 150_000).0.offset == 0)
                let (place, _) = try await receive(spoke, "dst", archive(described), bytes)
                #expect(place.path == folder + "/dst" && place.offset == 0)
                #expect(try Data(contentsOf: URL(filePath: folder + "/dst/f")) == content)
                // What other programs make is unpacked too, into a folder that is there.
                mkdir(folder + "/plain", 0o755)
                try await receive(spoke, "plain", nil, bytes)
                #expect(try Data(contentsOf: URL(filePath: folder + "/plain/src/f")) == content)
            }
        }
    }

    @Test("what was cut off is gone on with, by a spoke that was started again too; a newer caller takes over")
    func resumed() async throws {
        try await withFolder { folder in
            let content = Data((0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 13) })
            try content.write(to: URL(filePath: folder + "/f"))
            let described = Recorder<(HostCopyOutOutput, [UInt8])>()
            try await withSpoke(folder) { spoke in
                let (output, bytes) = try await sent(spoke, "f")
                described.add((output, bytes))
                let (_, stream) = try await receive(
                    spoke, "g", archive(output), bytes.prefix(400_000), isWhole: false)
                try await eventually { partSize(folder) > 300_000 }
                stream.reset(.aborted, "the link is lost")
            }
            let (output, bytes) = try #require(described.all.first)
            try await withSpoke(folder) { spoke in
                let input = HostCopyInInput(path: "g", archive: archive(output))
                // The first caller hangs; the second one does not wait for them.
                let (first, hanging) = try await spoke.client.session(HostOperations.copyIn, input)
                #expect(first.offset > 300_000)
                let (place, _) = try await receive(spoke, "g", archive(output), bytes)
                #expect(place.offset == first.offset)
                let refused = await refusal { try await end(of: hanging) }
                #expect(refused?.code == .conflict && refused?.message.contains("another caller") == true)
                #expect(try Data(contentsOf: URL(filePath: folder + "/g")) == content)
                // Its end got lost: asked again under the same word it is over, under another one it begins anew.
                #expect(try await receive(spoke, "g", archive(output), bytes).0.offset == output.bytes)
                #expect(try await receive(spoke, "g", archive(output, transfer: "u"), bytes).0.offset == 0)
            }
        }
    }

    private func partSize(_ folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard let name = names.first(where: { $0.hasSuffix(".part") }) else { return 0 }
        return (try? Data(contentsOf: URL(filePath: folder + "/" + name)).count) ?? 0
    }

    @Test("what cannot be is refused with its code, and leaves nothing half-done behind")
    func refused() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                mkdir(folder + "/d", 0o755)
                try Data(repeating: 1, count: 50_000).write(to: URL(filePath: folder + "/f"))
                let (output, bytes) = try await sent(spoke, "f")
                func code(_ path: String, _ archive: CopyArchive?, _ bytes: [UInt8]) async -> CallError? {
                    await refusal { try await receive(spoke, path, archive, bytes) }
                }
                #expect(await refusal { try await sent(spoke, "none") }?.code == .notFound)
                #expect(await code("no/where", archive(output), bytes)?.code == .notFound)
                #expect(await code("f/x", archive(output), bytes)?.code == .conflict)
                let broken = await code("g", archive(output), bytes.map { $0 ^ 1 })
                #expect(
                    broken?.code == .invalidInput && broken?.message.contains("tar") == true,
                    "\(broken.map { "\($0.code) \($0.message)" } ?? "")")
                #expect(await code("g", archive(output), Array(bytes.prefix(9_000)))?.code == .invalidInput)
                var huge = archive(output)
                huge.bytes = .max / 2
                let full = await code("g", huge, bytes)
                #expect(full?.code == .resourceExhausted && full?.message.contains("no room") == true)
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(!names.contains("g") && !names.contains { $0.hasSuffix(".part") })
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/copies").isEmpty)
            }
        }
    }
}

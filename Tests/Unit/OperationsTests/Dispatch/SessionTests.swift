import CallProtocol
import NIOCore
import Operations
import TestKit
import Testing

@Suite("Sessions", .timeLimit(.minutes(2)))
struct SessionTests {
    private func chunk(_ type: ChunkType, _ text: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeChunk(type, ByteBuffer(string: text))
        return bytes
    }

    @Test("chunks may follow the request at once; the answer comes first, then chunks, then END")
    func accepted() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.pipe, .init(text: "x"), carriage: .raw)
        wire.stream.push(chunk(.stdin, "early"))
        let answer = try #require(try await wire.next())
        #expect(answer.kind == .responded)
        wire.stream.push(chunk(.stdin, "late"))
        wire.stream.finish()
        var rest = wire.rest()
        while let bytes = try await wire.stream.read() { rest.writeImmutableBuffer(bytes) }
        var decoder = ChunkDecoder()
        decoder.append(rest)
        var text = ""
        while case .bytes(.stdout, let bytes)? = try decoder.next() { text += String(buffer: bytes) }
        try decoder.finish()
        #expect(text == "earlylate")
    }

    @Test("a session that is refused is answered with an error envelope")
    func refused() async throws {
        let wire = try DispatchBench().stream()
        try wire.request(Sample.pipe, .init(text: "refuse"), carriage: .raw)
        #expect(try await wire.error()?.code == .notFound)
    }

    @Test("an error after the acceptance is a RESET with its code")
    func late() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.pipe, .init(text: "fail"), carriage: .raw)
        #expect(try await wire.next()?.kind == .responded)
        wire.stream.finish()
        try await eventually { wire.stream.failure == StreamFailure(.conflict, "late") }
        try await eventually { bench.audits.all.map(\.error) == [.conflict] }
    }

    @Test("a handler that ends without an answer is INTERNAL")
    func forgotten() async throws {
        let wire = try DispatchBench().stream()
        try wire.request(Sample.pipe, .init(text: "forget"), carriage: .raw)
        #expect(try await wire.error()?.code == .internalError)
    }

    @Test(
        "bytes that are no chunks are RESET frame",
        arguments: [[9], [3, 255, 255, 255, 255], [0, 2, 0, 0, 0]] as [[UInt8]])
    func malformed(bytes: [UInt8]) async throws {
        let wire = try DispatchBench().stream()
        try wire.request(Sample.pipe, .init(text: "x"), carriage: .raw)
        wire.stream.push(ByteBuffer(bytes: bytes))
        try await eventually { wire.stream.failure?.code == .frame }
    }

    @Test("the end inside a chunk is RESET frame")
    func truncated() async throws {
        let wire = try DispatchBench().stream()
        try wire.request(Sample.pipe, .init(text: "x"), carriage: .raw)
        wire.stream.push(ByteBuffer(bytes: [0, 0, 0, 0, 5, 1]))
        wire.stream.finish()
        try await eventually { wire.stream.failure?.code == .frame }
    }

    @Test("RESET ends the handler of a session")
    func reset() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.pipe, .init(text: "x"), carriage: .raw)
        try await eventually { bench.notes.count == 1 }
        wire.stream.reset(.aborted, "")
        try await eventually { bench.notes.all == ["started", "cancelled"] }
    }

    @Test("through the client: acceptance, chunks both ways, large payload in pieces of at most 64 KiB")
    func client() async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        let (accepted, session) = try await client.session(Sample.pipe, .init(text: "hello"))
        #expect(accepted.text == "hello")
        let payload = ByteBuffer(bytes: (0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
        async let sending: Void = {
            try await session.send(.stdin, payload)
            session.finish()
        }()
        var back = ByteBuffer()
        while case .bytes(.stdout, let bytes)? = try await session.next() {
            #expect(bytes.readableBytes <= Chunk.preferredLength)
            back.writeImmutableBuffer(bytes)
        }
        try await sending
        #expect(back == payload)
    }

    @Test("bytes carriage is plain bytes after the opening")
    func bytesCarriage() async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        let (_, session) = try await client.session(Sample.bytes, .init(text: "b"))
        try await session.sendRaw(ByteBuffer(string: "plain"))
        session.finish()
        var back = ByteBuffer()
        while let bytes = try await session.nextBytes() { back.writeImmutableBuffer(bytes) }
        #expect(String(buffer: back) == "plain")
    }
}

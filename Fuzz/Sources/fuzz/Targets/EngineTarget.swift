import CallProtocol
import NIOCore
import Operations

@testable import Engine
@testable import SpokeOperations

/// What a container engine, or whatever listens at its place, says: outputs, logs, values one after the other, and the
/// documents of containers and images.
enum EngineTarget {
    static let target = FuzzTarget(
        name: "engine", largest: 80_000,
        words: Seeds.jsonWords + [
            "\u{1}\0\0\0", "\u{2}\0\0\0", "\0\0\0\u{1}", "2026-11-21T10:00:00.000000000Z ", "\n", "\"Id\":",
            "\"State\":",
            "\"Config\":", "\"Labels\":", "\"Names\":", "\"cpu_stats\":", "\"status\":", "\"errorDetail\":",
            "\"time\":",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let pieces = decodedAnyway(bytes, outputs)
        must(
            pieces.values.reduce(0) { $0 + $1.bytes.readableBytes } <= bytes.count, "no byte of an output is made up")
        let entries = decodedAnyway(bytes) { log($0, isFramed: true) }
        must(entries.values.reduce(0) { $0 + $1.bytes.readableBytes } <= bytes.count, "no byte of a log is made up")
        var lines = PartialLines()
        let certain = entries.values.flatMap { lines.take($0) } + lines.finish()
        must(certain.count == entries.values.count, "each entry is told once")
        plain(bytes)
        _ = decodedAnyway(bytes, values)
        document(bytes)
    }

    /// Outputs joined: a piece is what was there, which depends on the portions.
    private static func outputs(_ portions: [ByteBuffer]) -> Decoded<LogEntry, EngineError> {
        var decoder = MultiplexDecoder()
        var decoded = Decoded<LogEntry, EngineError>()
        var open = false
        for portion in portions {
            decoder.append(portion)
            do throws(EngineError) {
                while let piece = try decoder.next() {
                    if !open {
                        decoded.values.append(
                            LogEntry(output: piece.output, timestamp: nil, bytes: ByteBuffer(), isPartial: true))
                    }
                    decoded.values[decoded.values.count - 1].bytes.writeImmutableBuffer(piece.bytes)
                    decoded.values[decoded.values.count - 1].isPartial = !piece.isLast
                    open = !piece.isLast
                }
            } catch {
                decoded.failure = error
                return decoded
            }
        }
        do throws(EngineError) { try decoder.finish() } catch { decoded.failure = error }
        return decoded
    }

    private static func log(_ portions: [ByteBuffer], isFramed: Bool) -> Decoded<LogEntry, EngineError> {
        var decoder = LogDecoder(isFramed: isFramed)
        var decoded = Decoded<LogEntry, EngineError>()
        do throws(EngineError) {
            for portion in portions {
                try decoder.append(portion)
                while let entry = decoder.next() { decoded.values.append(entry) }
            }
            try decoder.finish()
        } catch {
            decoded.failure = error
        }
        while let entry = decoder.next() { decoded.values.append(entry) }
        return decoded
    }

    /// Without frames every byte is somebody's output.
    private static func plain(_ bytes: [UInt8]) {
        let entries = decodedAnyway(bytes) { log($0, isFramed: false) }
        var all = ByteBuffer()
        for entry in entries.values {
            all.writeImmutableBuffer(entry.bytes)
            if !entry.isPartial { all.writeInteger(UInt8(ascii: "\n")) }
        }
        must(entries.failure == nil && all.readableBytesView.elementsEqual(bytes), "bytes come back as they were")
    }

    private static func values(_ portions: [ByteBuffer]) -> Decoded<JSONValue, EngineError> {
        var stream = JSONStream()
        var decoded = Decoded<JSONValue, EngineError>()
        do throws(EngineError) {
            for portion in portions {
                stream.append(portion)
                while let value = try stream.next() { decoded.values.append(value) }
            }
            if let last = try stream.finish() { decoded.values.append(last) }
        } catch {
            decoded.failure = error
        }
        return decoded
    }

    /// What an engine's documents become for callers.
    private static func document(_ bytes: [UInt8]) {
        guard let json = try? RawJSON(validating: ByteBuffer(bytes: bytes)).value() else { return }
        let labels = ContainerLabels(prefix: "capstan.")
        _ = ContainerView(inspected: json, labels: labels)
        _ = ContainerView(listed: json, labels: labels)
        _ = ImageView(json)
        _ = EngineIdentity(json, json, version: "1", api: EngineIdentity.oldest)
        _ = EngineAnswer.message(in: ByteBuffer(bytes: bytes), 500)
    }

    private static func frame(_ kind: UInt8, _ text: String) -> [UInt8] {
        [kind, 0, 0, 0] + withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { Array($0) } + Array(text.utf8)
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let time = "2026-11-21T10:00:00.123456789Z "
        let long = String(repeating: "x", count: 16 << 10)
        return [
            frame(1, "out\n") + frame(2, "err\n"), frame(1, time + "line\n") + frame(2, time + "two\nthree\n"),
            frame(1, time + long) + frame(1, time + long) + frame(1, time + "end\n"), frame(3, "the engine's own"),
            frame(1, ""), frame(9, "no frame"), Array("a line\nand a part".utf8),
        ]
            + Seeds.texts([
                #"{"status":"Pulling fs layer","id":"0d41c026fbeb","progressDetail":{}}"# + "\r\n"
                    + #"{"errorDetail":{"message":"no such"},"error":"no such"}"# + "\n",
                #"{"Id":"0123","Name":"/web","Created":"2026-11-21T10:00:00Z","State":{"Status":"exited","ExitCode":3,"#
                    + #""OOMKilled":true},"Config":{"Image":"busybox","Cmd":["true"],"Labels":{"capstan.owner":"a"}}}"#,
                #"{"Id":"0123","Names":["/web"],"Image":"busybox","Created":1763000000,"State":"running","#
                    + #""Ports":[{"PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],"Labels":{}}"#,
                #"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Components":[{"Name":"Engine"}]}"#,
            ])
    }
}

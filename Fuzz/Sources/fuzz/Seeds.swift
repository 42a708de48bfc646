import NIOCore

/// Texts and bytes that the seeds of several targets share.
enum Seeds {
    static func bytes(_ body: (inout ByteBuffer) throws -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        do {
            try body(&buffer)
        } catch {
            fatalError("a seed cannot be written: \(error)")
        }
        return Array(buffer.readableBytesView)
    }

    static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    /// What JSON is made of, for the mutator.
    static let jsonWords = [
        "null", "true", "false", "{}", "[]", "\"\"", "\":", ",\"", "0", "-0", "1e999", "1.5e-7", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\\"", "\\\\", "\\/",
        "\u{FEFF}", "\u{E9}", "e\u{301}", "\u{1F600}", "\r\n", "\t",
    ]
}

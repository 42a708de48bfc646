import Formats

/// What people type: durations, sizes, times, signals, one a line.
enum FormatTarget {
    static let target = FuzzTarget(
        name: "formats", largest: 512,
        words: [
            "ms", "s", "m", "h", "d", "w", "K", "MiB", "GB", "P", ".5", "Z", "T", ":60", "+14:00", "-00:00",
            "9223372036854775807", "KILL", "\u{661}", "\u{FF11}",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A).prefix(8) { read(String(decoding: line, as: UTF8.self)) }
    }

    private static func read(_ text: String) {
        switch attempt(FormatError.self, { try DurationText.parse(text) }) {
        case .failure(let error): must(!error.description.isEmpty, "an error says something")
        case .success(let duration):
            must(duration >= .zero && duration <= .seconds(31_557_600_000), "\(text) is within a thousand years")
            must((try? DurationText.parse(DurationText.string(duration))) == duration, "\(text) comes back")
        }
        switch attempt(FormatError.self, { try ByteSize.parse(text) }) {
        case .failure(let error): must(!error.description.isEmpty, "an error says something")
        case .success(let size):
            must(size >= 0 && !ByteSize.string(size).isEmpty, "\(text) is a size")
            must((try? ByteSize.parse("\(size)")) == size, "\(size) is itself")
        }
        if let time = RFC3339.milliseconds(text) {
            let written = RFC3339.string(time)
            must(written.utf8.count == 24 && RFC3339.isTime(written), "\(written) is a time")
            let limits = -62_167_219_200_000...Int64(253_402_300_799_999)
            if limits.contains(time) { must(RFC3339.milliseconds(written) == time, "\(text) is \(written)") }
            must(!RelativeTime.string(time, now: 0).isEmpty, "a time is some way off")
        }
        if let number = SignalName.number(text) { must(!SignalName.name(number).isEmpty, "a signal has a name") }
        if let number = Int64(text) {
            must(!RFC3339.string(number).isEmpty && !ByteSize.string(number).isEmpty, "any number can be shown")
            must(!RelativeTime.string(number, now: .max).isEmpty, "any time is some way off")
            _ = DurationText.string(.milliseconds(number / 2))
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        Seeds.texts([
            "90", "500ms", "1h30m", "2d", "365250d", "365251d", "31557600000", "0s", "4096", "512M", "4.5G", "4GiB",
            "10GB", "8191P", "8192P", "0.000000001P", "2024-02-29T12:34:56.789Z", "0000-01-01 00:00:00+23:59",
            "9999-12-31T23:59:60-23:59", "KILL", "9", "-9223372036854775808", "9223372036854775807",
            "1w2d3h4m5s6ms\n7k\n1990-12-31T23:59:60Z",
        ])
    }
}

import Testing

@testable import Formats

@Suite("Times, durations and sizes as text")
struct FormatsTests {
    @Test(
        "a time is written with milliseconds in UTC and read back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ])
    func writesAndReads(milliseconds: Int64, text: String) throws {
        #expect(RFC3339.string(milliseconds) == text)
        #expect(RFC3339.milliseconds(text) == milliseconds)
    }

    @Test("every day of a thousand years follows the one before")
    func daysFollow() {
        for day in Int64(-200_000)...Int64(200_000) {
            let date = RFC3339.civil(fromDays: day)
            #expect(RFC3339.days(year: date.year, month: date.month, day: date.day) == day)
        }
    }

    @Test("a time beyond the calendar's four digits is clamped, not trapped", arguments: [Int64.min, Int64.max])
    func clamps(milliseconds: Int64) {
        #expect(RFC3339.string(milliseconds).utf8.count == 24)
    }

    @Test(
        "offsets, long fractions, leap seconds and a space for the T are read",
        arguments: [
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31 19:30:00-04:30", 0), ("1970-01-01t00:00:00.0019999z", 1),
            ("1970-01-01T00:00:00.5Z", 500), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ])
    func readsVariants(text: String, milliseconds: Int64) throws {
        #expect(RFC3339.milliseconds(text) == milliseconds)
    }

    @Test(
        "what is no time is not taken for one",
        arguments: [
            "", "now", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01", "é",
            "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zz",
            "2024-01-01T00:00:00+25:00", "-024-01-01T00:00:00Z",
        ])
    func refusesTimes(text: String) {
        #expect(!RFC3339.isTime(text))
    }

    @Test(
        "durations are read",
        arguments: [
            ("90", Duration.seconds(90)), ("500ms", .milliseconds(500)), ("15m", .seconds(900)), ("2h", .seconds(7200)),
            ("1d", .seconds(86_400)), ("1h30m", .seconds(5400)), ("1w", .seconds(604_800)), ("0", .zero),
        ])
    func readsDurations(text: String, duration: Duration) throws {
        #expect(try DurationText.parse(text) == duration)
    }

    @Test(
        "what is no duration is refused",
        arguments: ["", "m", "-5s", "+5", "1.5h", "5 s", "5x", "1h-1m", "٣s", "1h5"])
    func refusesDurations(text: String) {
        let error = #expect(throws: FormatError.self) { try DurationText.parse(text) }
        #expect(error?.description.contains("15m") == true)
    }

    @Test(
        "what is too long is said to be too long",
        arguments: ["99999999999999999999", "9999999999999d", "365251d", "31557600001", "365250d1ms"])
    func refusesLongDurations(text: String) {
        let error = #expect(throws: FormatError.self) { try DurationText.parse(text) }
        #expect(error?.description.contains("365250d") == true)
    }

    @Test("a duration is written as it is read", arguments: ["1h30m", "500ms", "2d", "0s", "1d1h1m1s1ms"])
    func writesDurations(text: String) throws {
        #expect(DurationText.string(try DurationText.parse(text)) == text)
    }

    @Test(
        "sizes are read: letters and iB count in 1024, B in 1000",
        arguments: [
            ("4096", 4096), ("512M", 512 << 20), ("4G", 4 << 30), ("4GiB", 4 << 30), ("10gb", 10_000_000_000),
            ("1k", 1024),
            ("0", 0), ("7B", 7), ("1Ti", 1 << 40), ("4.5G", 9 << 29), ("0.5k", 512), ("1.0001k", 1024),
            ("2.25GB", 2_250_000_000), ("8191.999999P", 9_223_372_035_728_875_901),
        ])
    func readsSizes(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text) == bytes)
    }

    @Test(
        "what is no size is refused",
        arguments: [
            "", "G", "-1", "1.5", "1.5B", ".5G", "1.G", "1.5.5G", "1,5G", "1.0000000001G", "8192.0P", "4X", "4 G",
            "9999999999999P", "4GiBB",
        ])
    func refusesSizes(text: String) {
        #expect(throws: FormatError.self) { try ByteSize.parse(text) }
    }

    @Test(
        "sizes are written short",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 30, "1 GiB"), (1_048_575, "1 MiB"), (-5, "0 B"),
        ])
    func writesSizes(bytes: Int64, text: String) {
        #expect(ByteSize.string(bytes) == text)
    }

    @Test(
        "distances in time are written in the largest unit",
        arguments: [
            (0, "now"), (-12_000, "12s ago"), (-3_700_000, "1h ago"), (180_000, "in 3m"), (899_600, "in 15m"),
            (899_400, "in 15m"), (869_000, "in 14m"), (3_599_000, "in 1h"),
            (-899_600, "14m ago"), (400, "now"), (600, "in 1s"), (-86_400_000 * 400, "1y ago"),
        ])
    func relative(offset: Int64, text: String) {
        let now: Int64 = 1_700_000_000_000
        #expect(RelativeTime.string(now + offset, now: now) == text)
    }

    @Test("the farthest distances do not trap")
    func relativeExtremes() {
        #expect(RelativeTime.string(.min, now: .max).hasSuffix("ago"))
        #expect(RelativeTime.string(.max, now: .min).hasPrefix("in "))
    }
}

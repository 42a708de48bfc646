import Synchronization

/// A `pattern` compiled once, of those that can be checked at a bounded cost.
///
/// Left unchecked: what Swift cannot compile, look-around and back references, and a repeated group, since nested
/// repeats can take exponential time on a hostile string.
final class JSONSchemaPattern: Sendable {
    /// Strings longer than this many bytes are not matched, and count as matching.
    static let longest = 4096

    // Regex is not Sendable; one user at a time is what makes sharing it sound.
    private let regex: Mutex<Regex<AnyRegexOutput>>

    /// Nil where the pattern is not checked.
    init?(_ pattern: String) {
        guard Self.isSimple(pattern), let compiled = try? Regex(pattern) else { return nil }
        regex = Mutex(compiled)
    }

    /// Whether the pattern is found in the string.
    func matches(_ text: String) -> Bool {
        guard text.utf8.count <= Self.longest else { return true }
        return regex.withLock { regex in (try? regex.firstMatch(in: text)) != nil }
    }

    /// No group construct but plain and non-capturing ones, no group repeated, no back reference, not long.
    static func isSimple(_ pattern: String) -> Bool {
        let text = Array(pattern.utf8)
        guard text.count <= 512 else { return false }
        var place = 0
        var inClass = false
        while place < text.count {
            let next = place + 1 < text.count ? text[place + 1] : 0
            switch text[place] {
            case UInt8(ascii: "\\"):
                if !inClass, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(next) || next == UInt8(ascii: "k") {
                    return false
                }
                place += 1
            case UInt8(ascii: "["): inClass = true
            case UInt8(ascii: "]"): inClass = false
            case UInt8(ascii: "(") where !inClass && next == UInt8(ascii: "?"):
                guard place + 2 < text.count, text[place + 2] == UInt8(ascii: ":") else { return false }
            case UInt8(ascii: ")") where !inClass:
                if next == UInt8(ascii: "*") || next == UInt8(ascii: "+") || next == UInt8(ascii: "{") { return false }
            default: break
            }
            place += 1
        }
        return true
    }
}

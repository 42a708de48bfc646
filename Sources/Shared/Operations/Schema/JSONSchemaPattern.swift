import Synchronization

/// A `pattern` of those that can be checked at a bounded cost, compiled once, when it is first asked for: documents have
/// thousands of which most are never used.
///
/// Left unchecked: what Swift cannot compile, look-around and back references, and a repeated group, since nested
/// repeats can take exponential time on a hostile string.
final class JSONSchemaPattern: Sendable {
    /// Strings longer than this many bytes are not matched, and count as matching.
    static let longest = 4096

    private enum State {
        case unread(String)
        case compiled(Regex<AnyRegexOutput>)
        /// No pattern that Swift knows.
        case unusable
    }

    // Regex is not Sendable; one user at a time is what makes sharing it sound.
    private let state: Mutex<State>

    /// Nil where the pattern is surely not checked.
    init?(_ pattern: String) {
        guard Self.isSimple(pattern) else { return nil }
        state = Mutex(.unread(pattern))
    }

    /// Whether it can be checked after all.
    var isUsable: Bool { with { $0 != nil } }

    /// Whether the pattern is found in the string; true where it is not checked.
    func matches(_ text: String) -> Bool {
        guard text.utf8.count <= Self.longest else { return true }
        return with { regex in regex.map { (try? $0.firstMatch(in: text)) != nil } ?? true }
    }

    private func with<T: Sendable>(_ body: (Regex<AnyRegexOutput>?) -> T) -> T {
        state.withLock { state in
            if case .unread(let pattern) = state {
                state = (try? Regex(pattern)).map { .compiled($0) } ?? .unusable
            }
            guard case .compiled(let regex) = state else { return body(nil) }
            return body(regex)
        }
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

import CallProtocol
import Formats
import FoundationEssentials
import Operations

/// The functions of expressions. Of null they make null, unless it is said otherwise.
enum ExpressionFunction: String, Sendable, Hashable, CaseIterable {
    /// The first and the last element, null of none.
    case first, last
    /// Elements, members or characters.
    case size
    /// An object's values or names as a list.
    case values, keys
    /// An object as a list of `NAME=value`; what is null is left out.
    case pairs
    /// Objects as one, the later ones before the earlier; null counts as none.
    case merge
    /// A list's elements that are not null.
    case present
    case split, join, lower, upper, trim, replace
    /// Whether a text has a part, a list an element, an object a name.
    case contains
    case startsWith, endsWith
    /// A number of a text that is one; null of any other.
    case number
    /// A text of a number or of true and false.
    case string
    /// The least and the most of numbers; null does not count.
    case min, max
    case round, floor, ceil
    /// Seconds since 1970 of an RFC 3339 time.
    case time
    /// A word, or words, as a POSIX shell reads them.
    case shell
    /// A text's UTF-8 as base64.
    case base64

    init(_ name: String, at place: Int) throws(ExpressionError) {
        guard let function = Self(rawValue: name) else {
            let known = Self.allCases.map(\.rawValue)
            let hint = NearestName.to(name, among: known).map { "; did you mean `\($0)`?" } ?? ""
            throw ExpressionError("there is no function `\(name.prefix(40))` (character \(place + 1))\(hint)")
        }
        self = function
    }

    /// - Throws: for more or fewer arguments than it takes.
    func check(_ count: Int) throws(ExpressionError) {
        let range: ClosedRange<Int> =
            switch self {
            case .split, .join, .contains, .startsWith, .endsWith: 2...2
            case .replace: 3...3
            case .merge, .min, .max: 1...16
            default: 1...1
            }
        guard !range.contains(count) else { return }
        let wanted = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        throw ExpressionError("\(rawValue) takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(count)")
    }

    /// Bytes of a text that a function takes or makes, at most, and parts of one.
    private static let longest = 1 << 20
    private static let mostParts = 10_000

    func value(_ arguments: [JSONValue]) throws(ExpressionError) -> JSONValue {
        switch self {
        case .merge, .min, .max: return try gathered(arguments)
        default: break
        }
        guard let subject = arguments.first, !arguments.contains(where: \.isNull) else { return .null }
        switch self {
        case .values: return .array(try object(subject).map(\.value))
        case .keys: return .array(try object(subject).map { .string($0.key) })
        case .pairs: return .array(try pairs(subject))
        case .present: return .array(try list(subject).filter { !$0.isNull })
        case .first: return try list(subject).first ?? .null
        case .last: return try list(subject).last ?? .null
        case .size: return .integer(Int64(try size(subject)))
        case .contains: return .bool(try Self.holds(subject, arguments[1]))
        case .number: return ExpressionEvaluator.decimal(try text(subject)).map(ExpressionEvaluator.json) ?? .null
        case .round, .floor, .ceil: return try rounded(subject)
        case .time: return RFC3339.milliseconds(try text(subject)).map { .integer($0 / 1_000) } ?? .null
        case .join:
            return .string(
                try bounded(
                    list(subject).map { value throws(ExpressionError) in try text(value) }.joined(
                        separator: text(arguments[1]))))
        case .shell: return .string(try bounded(shellWords(subject)))
        default: return try textual(bounded(text(subject)), arguments)
        }
    }

    private func textual(_ subject: String, _ arguments: [JSONValue]) throws(ExpressionError) -> JSONValue {
        switch self {
        case .split:
            let mark = try text(arguments[1])
            guard !mark.isEmpty else { throw ExpressionError("split takes a mark that is not empty") }
            let parts = subject.split(separator: mark, maxSplits: Self.mostParts, omittingEmptySubsequences: false)
            guard parts.count <= Self.mostParts else {
                throw ExpressionError("split makes more than \(Self.mostParts) parts")
            }
            return .array(parts.map { .string(String($0)) })
        case .lower: return .string(subject.lowercased())
        case .upper: return .string(subject.uppercased())
        case .trim:
            return .string(String(subject.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()))
        case .replace:
            let mark = try text(arguments[1])
            guard !mark.isEmpty else { return .string(subject) }
            return .string(try bounded(subject.replacing(mark, with: try text(arguments[2]))))
        case .startsWith: return .bool(subject.hasPrefix(try text(arguments[1])))
        case .endsWith: return .bool(subject.hasSuffix(try text(arguments[1])))
        case .base64: return .string(try bounded(Data(subject.utf8).base64EncodedString()))
        default: return .string(subject)
        }
    }

    /// Those for which null is nothing to count.
    private func gathered(_ arguments: [JSONValue]) throws(ExpressionError) -> JSONValue {
        let there = arguments.filter { !$0.isNull }
        switch self {
        case .merge:
            var all = JSONObject()
            for one in there { for member in try object(one) { all[member.key] = member.value } }
            return .object(all)
        default:
            var numbers: [Double] = []
            for value in there {
                if let number = try ExpressionEvaluator.number(value, rawValue) { numbers.append(number) }
            }
            return (self == .min ? numbers.min() : numbers.max()).map(ExpressionEvaluator.json) ?? .null
        }
    }

    static func holds(_ whole: JSONValue, _ part: JSONValue) throws(ExpressionError) -> Bool {
        switch whole {
        case .null: return false
        case .array(let elements): return elements.contains(part)
        case .object(let members): return part.stringValue.map { members[$0] != nil } ?? false
        case .string(let text): return part.stringValue.map { $0.isEmpty || text.contains($0) } ?? false
        default: throw ExpressionError("nothing can be in \(whole.kind.phrase)")
        }
    }

    private func pairs(_ value: JSONValue) throws(ExpressionError) -> [JSONValue] {
        var pairs: [JSONValue] = []
        for member in try object(value) where !member.value.isNull {
            pairs.append(.string(try bounded(member.key + "=" + text(member.value))))
        }
        return pairs
    }

    private func size(_ value: JSONValue) throws(ExpressionError) -> Int {
        switch value {
        case .array(let elements): elements.count
        case .object(let members): members.count
        case .string(let text): text.count
        default: throw ExpressionError("size takes a list, an object or a text, not \(value.kind.phrase)")
        }
    }

    private func rounded(_ value: JSONValue) throws(ExpressionError) -> JSONValue {
        guard let number = try ExpressionEvaluator.number(value, rawValue) else { return .null }
        let rule: FloatingPointRoundingRule = self == .round ? .toNearestOrAwayFromZero : self == .floor ? .down : .up
        return ExpressionEvaluator.json(number.rounded(rule))
    }

    private func shellWords(_ value: JSONValue) throws(ExpressionError) -> String {
        var words: [String] = []
        for word in value.arrayValue ?? [value] { words.append(ShellWord.needed(try text(word))) }
        return words.joined(separator: " ")
    }

    private func text(_ value: JSONValue) throws(ExpressionError) -> String {
        try ExpressionEvaluator.text(value, "what \(rawValue) takes")
    }

    private func list(_ value: JSONValue) throws(ExpressionError) -> [JSONValue] {
        guard let list = value.arrayValue else {
            throw ExpressionError("\(rawValue) takes a list, not \(value.kind.phrase)")
        }
        return list
    }

    private func object(_ value: JSONValue) throws(ExpressionError) -> JSONObject {
        guard let object = value.objectValue else {
            throw ExpressionError("\(rawValue) takes an object, not \(value.kind.phrase)")
        }
        return object
    }

    private func bounded(_ text: String) throws(ExpressionError) -> String {
        guard text.utf8.count <= Self.longest else {
            throw ExpressionError("\(rawValue) has to do with more than 1 MiB")
        }
        return text
    }
}

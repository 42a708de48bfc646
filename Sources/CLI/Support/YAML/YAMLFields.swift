import Daemon
import Formats
import Operations
import Yams

/// The fields of one YAML mapping, taken out one by one by their type; what is left over at the end is unknown.
struct YAMLFields {
    private let file: String
    private var fields: [(key: String, line: Int, value: Yams.Node)] = []
    /// Every key that was asked for, for suggestions.
    private var known: [String] = []

    init(_ node: Yams.Node, file: String) throws {
        self.file = file
        guard let mapping = node.mapping else {
            throw Failure.malformed("\(file):\(Self.line(node)): fields are needed, such as `name: mine`")
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                throw Failure.malformed("\(file):\(Self.line(key)): a field's name must be a word")
            }
            fields.append((name, Self.line(key), value))
        }
    }

    /// To be called when all known fields are taken.
    func finish() throws {
        guard let first = fields.first else { return }
        let hint = NearestName.to(first.key, among: known).map { "; did you mean `\($0)`?" } ?? ""
        throw Failure.malformed(
            "\(file):\(first.line): unknown key `\(YAMLFile.quoted(first.key))`\(hint)",
            advice: "known are: \(known.joined(separator: ", "))")
    }

    /// A text that is not empty.
    mutating func text(_ key: String) throws -> String? {
        let line = line(of: key)
        return try take(key, "a text") { $0.scalar?.string }.map { text in
            guard !text.isEmpty else { throw malformed(line, "\(key): must not be empty") }
            return text
        }
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        let line = line(of: key)
        return try take(key, "a whole number") { $0.int }.map { value in
            guard range.contains(value) else {
                throw malformed(line, "\(key): \(value) is not between \(range.lowerBound) and \(range.upperBound)")
            }
            return value
        }
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
        let line = line(of: key)
        return try take(key, "a number") { $0.float }.map { value in
            guard range.contains(value) else {
                let (least, most) = (Int(range.lowerBound), Int(range.upperBound))
                throw malformed(line, "\(key): \(value) is not between \(least) and \(most)")
            }
            return value
        }
    }

    mutating func bool(_ key: String) throws -> Bool? {
        try take(key, "true or false") { $0.bool }
    }

    /// Bytes, written as a number or as `4G`.
    mutating func size(_ key: String) throws -> Int64? {
        try take(key, "a size such as 512M or 4G") { node in node.scalar.flatMap { try? ByteSize.parse($0.string) } }
    }

    /// A time that is longer than nothing.
    mutating func duration(_ key: String) throws -> Duration? {
        let line = line(of: key)
        let duration = try take(key, "a duration such as 90s or 2h") { node in
            node.scalar.flatMap { try? DurationText.parse($0.string) }
        }
        return try duration.map { value in
            guard value > .zero else { throw malformed(line, "\(key): must be longer than nothing") }
            return value
        }
    }

    mutating func texts(_ key: String) throws -> [String]? {
        try take(key, "a list of texts, such as [echo, hello]") { node in
            guard let elements = node.sequence else { return nil }
            let texts = elements.compactMap { $0.scalar?.string }
            return texts.count == elements.count ? texts : nil
        }
    }

    /// One of the words of a type.
    mutating func choice<Value: CaseIterable & RawRepresentable<String>>(_ key: String) throws -> Value? {
        try take(key, Value.allCases.map(\.rawValue).joined(separator: ", ")) { node in
            node.scalar.flatMap { Value(rawValue: $0.string) }
        }
    }

    /// Mounts as they are written on the command line.
    mutating func mounts(_ key: String) throws -> [ContainerMount]? {
        let line = line(of: key)
        return try texts(key)?.map { text in
            do { return try ContainerMount(argument: text) } catch let failure as Failure {
                throw malformed(line, "\(key): \(failure.message)")
            }
        }
    }

    /// A mapping of its own fields.
    mutating func object(_ key: String) throws -> YAMLFields? {
        let node: Yams.Node? = try take(key, "fields, such as {maxPrice: 0.5}") { $0.mapping == nil ? nil : $0 }
        return try node.map { try YAMLFields($0, file: file) }
    }

    /// A list of mappings.
    mutating func several(_ key: String) throws -> [YAMLFields]? {
        let elements: [Yams.Node]? = try take(key, "a list of fields, each beginning with a dash") { node in
            node.sequence.map(Array.init)
        }
        return try elements?.map { try YAMLFields($0, file: file) }
    }

    mutating func map(_ key: String) throws -> [String: String]? {
        try refuseMissingValues(key)
        return try take(key, "names with their values") { Self.pairs($0) }
    }

    /// Label selectors: a list of texts, or pairs that must be equal.
    mutating func selectors(_ key: String) throws -> [String]? {
        guard let line = fields.first(where: { $0.key == key })?.line else {
            known.append(key)
            return nil
        }
        try refuseMissingValues(key)
        let texts: [String]? = try take(key, "a list such as [gpu=true, !slow], or names with their values") { node in
            if let pairs = Self.pairs(node) { return pairs.map { "\($0.key)=\($0.value)" }.sorted() }
            guard let elements = node.sequence else { return nil }
            let texts = elements.compactMap { $0.scalar?.string }
            return texts.count == elements.count ? texts : nil
        }
        do {
            return try texts.map { try LabelSelector(parsing: $0).texts }
        } catch let error as LabelError {
            throw malformed(line, error.message)
        }
    }

    /// Takes a field out; nil where it is missing or null.
    private mutating func take<Value>(
        _ key: String, _ expected: String, _ read: (Yams.Node) -> Value?
    ) throws -> Value? {
        known.append(key)
        guard let index = fields.firstIndex(where: { $0.key == key }) else { return nil }
        let field = fields.remove(at: index)
        if field.value.null != nil { return nil }
        guard let value = read(field.value) else {
            throw Failure.malformed("\(file):\(field.line): \(key) must be \(expected)")
        }
        return value
    }

    /// A value that was forgotten is not an empty one.
    private func refuseMissingValues(_ key: String) throws {
        guard let mapping = fields.first(where: { $0.key == key })?.value.mapping else { return }
        for (name, value) in mapping where value.null != nil {
            let name = YAMLFile.quoted(name.scalar?.string ?? "")
            throw malformed(
                Self.line(value), "\(key): \(name) has no value", advice: "for an empty one write \(name): \"\"")
        }
    }

    private func line(of key: String) -> Int { fields.first { $0.key == key }?.line ?? 1 }

    private func malformed(_ line: Int, _ message: String, advice: String? = nil) -> Failure {
        .malformed("\(file):\(line): \(message)", advice: advice)
    }

    private static func pairs(_ node: Yams.Node) -> [String: String]? {
        guard let mapping = node.mapping else { return nil }
        var pairs: [String: String] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, let text = value.scalar?.string else { return nil }
            pairs[name] = text
        }
        return pairs
    }

    private static func line(_ node: Yams.Node) -> Int { node.mark?.line ?? 1 }
}

/// The records of an extended header: `LENGTH KEY=VALUE\n`, where the length counts the whole record, itself too.
struct PaxRecords {
    static let path = "path"
    static let target = "linkpath"
    static let size = "size"
    static let modified = "mtime"
    static let charset = "hdrcharset"
    /// The value of ``charset`` where names are no UTF-8.
    static let binary = Array("BINARY".utf8)
    /// What records of files with holes begin with; their content is laid out in another way.
    static let sparse = "GNU.sparse."

    private(set) var values: [(key: String, value: [UInt8])] = []

    var isEmpty: Bool { values.isEmpty }

    /// Adds a record; a later one of the same key counts.
    mutating func set(_ key: String, _ value: [UInt8]) { values.append((key, value)) }

    subscript(_ key: String) -> [UInt8]? { values.last { $0.key == key }?.value }

    func text(_ key: String) -> String? { self[key].map { String(decoding: $0, as: UTF8.self) } }

    var encoded: [UInt8] {
        values.flatMap { key, value in
            let rest = key.utf8.count + value.count + 3
            var length = rest + String(rest).utf8.count
            length = rest + String(length).utf8.count
            return Array("\(length) \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        }
    }

    /// Reads records; nil where they are none.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        // Some writers count the zeros that fill the block.
        while let first = rest.first, first != 0 {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")), space - rest.startIndex <= 8,
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length <= rest.count,
                rest.startIndex + length > space + 1, rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { return nil }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            set(String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...]))
            rest = rest.dropFirst(length)
        }
    }

    init() {}
}

/// Gives operations names that are theirs alone, whatever order they stand in.
enum OperationNamer {
    /// Letters of a name, at most: with a provider's name before it, it stays within what an operation may be called.
    private static let longest = 88

    /// A name that several have is nobody's: each of them gets its method and path behind it.
    static func name(_ operations: inout [ImportedOperation], _ log: DefectLog) {
        var wished = operations.map { operation in
            let own = operation.originalID.map(cleaned) ?? ""
            return own.isEmpty ? address(operation) : own
        }
        for (name, places) in repeated(wished) {
            for place in places {
                let operation = operations[place]
                if operation.originalID != nil {
                    log.add(
                        .note, at: operation.pointer,
                        "the operationId \(name) stands more than once; each is named with its method and path too")
                }
                wished[place] = cut(operation.originalID == nil ? name : "\(name)_\(address(operation))")
            }
        }
        for (name, places) in repeated(wished) {
            for place in places {
                let operation = operations[place]
                wished[place] = cut("\(name)_\(hash("\(operation.method) \(operation.pathKey)"))", always: true)
            }
        }
        for place in operations.indices { operations[place].name = cut(wished[place]) }
    }

    /// The name of the same operation as a stream, which no other one has.
    static func streamName(of operation: ImportedOperation, among names: Set<String>) -> String {
        let name = operation.name + ".stream"
        return names.contains(name) ? "\(name)_\(hash("\(operation.method) \(operation.pathKey)"))" : name
    }

    /// Names that several have, with their places.
    private static func repeated(_ names: [String]) -> [(String, [Int])] {
        Dictionary(grouping: names.indices) { names[$0] }.filter { $1.count > 1 }.sorted { $0.key < $1.key }
    }

    /// `get_v1_pods_podId`
    private static func address(_ operation: ImportedOperation) -> String {
        cleaned("\(operation.method.lowercased())_\(operation.path)")
    }

    /// Letters, digits, `.`, `_` and `-`; a run of others becomes one `_`, at the ends nothing.
    private static func cleaned(_ text: String) -> String {
        var name = ""
        var gap = false
        for character in text.unicodeScalars {
            let stays =
                character.isASCII && (character.properties.isAlphabetic || ("0"..."9").contains(character))
                || ".-".unicodeScalars.contains(character)
            if stays {
                if gap, !name.isEmpty { name += "_" }
                name.unicodeScalars.append(character)
            }
            gap = !stays
        }
        return name
    }

    private static func cut(_ name: String, always: Bool = false) -> String {
        guard name.utf8.count > longest else { return name }
        guard !always else { return String(name.prefix(longest - 17)) + "_" + name.suffix(16) }
        return String(name.prefix(longest - 17)) + "_" + hash(name)
    }

    /// FNV-1a, 64 bits: the same in every process.
    private static func hash(_ text: String) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

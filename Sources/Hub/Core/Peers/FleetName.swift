import CallProtocol

/// What nodes, operators, roles and workloads may be called.
enum FleetName {
    /// - Throws: INVALID_INPUT with what is wrong with it.
    static func check(_ name: String) throws(CallError) {
        guard isWellFormed(name) else {
            throw CallError(
                .invalidInput,
                "name `\(name.prefix(80))`: use letters, digits, '.', '_' and '-', 63 at most, and begin with a letter or "
                    + "digit")
        }
        guard !looksLikeID(name) else {
            throw CallError(
                .invalidInput,
                "name `\(name)` could be the beginning of an id, and would be taken for another's; choose another")
        }
    }

    /// Whether a name needs no change.
    static func isFit(_ name: String) -> Bool { isWellFormed(name) && !looksLikeID(name) }

    /// Whether it can stand in a name.
    static func isFit(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }

    private static func isWellFormed(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 63 && name.allSatisfy(isFit)
            && name.first.map { $0.isLetter || $0.isNumber } == true
    }

    /// Every id begins with 0 until the year 3084, and people write its first four characters or more.
    private static func looksLikeID(_ name: String) -> Bool {
        let digits = name.uppercased().utf8
        return digits.first == UInt8(ascii: "0") && (4...26).contains(digits.count)
            && digits.allSatisfy(Self.digits.contains)
    }

    /// Crockford's base 32, in which ids are written.
    private static let digits = Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}

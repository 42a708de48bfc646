import CallProtocol

/// Which names a new HTTP tunnel may have.
package struct TunnelNames {
    let place: WebPlace
    /// Those of other tunnels.
    let taken: Set<String>

    /// The whole name for what was asked for: a label below the hub's domain, or a name with dots as it is; one that nobody guesses
    /// where none was asked for.
    /// - Throws: `INVALID_INPUT` for what is no name or the hub's own, `CONFLICT` for another tunnel's, `FAILED_PRECONDITION` where
    ///   the hub has no domain.
    func name(asked: String?) throws(CallError) -> String {
        guard let asked = asked?.lowercased() else { return "\(Self.random()).\(try domain())" }
        let name = asked.contains(".") ? asked : "\(asked).\(try domain())"
        guard Self.isName(name) else {
            throw CallError(
                .invalidInput,
                "hostname: `\(asked)` is no name of a host: letters, digits and hyphens between dots, and no address")
        }
        guard !place.reserved.contains(name), name != place.domain else {
            throw CallError(.invalidInput, "hostname: `\(name)` is the hub's own")
        }
        guard !taken.contains(name) else { throw CallError(.conflict, "the name \(name) is another tunnel's") }
        return name
    }

    private func domain() throws(CallError) -> String {
        guard let domain = place.domain else {
            throw CallError(
                .failedPrecondition,
                "this hub has no domain for the names of tunnels (hub serve --tunnel-url); ask for a whole name that leads to it"
            )
        }
        return domain
    }

    /// Ten letters and digits: 50 bits that nobody guesses.
    private static func random() -> String {
        let alphabet = Array("abcdefghjkmnpqrstvwxyz0123456789")
        return String((0..<10).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }

    /// Labels of letters, digits and hyphens (RFC 1123, 2.1).
    package static func isName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // One whose last part has no letters is an address, or read as one.
        return text.utf8.count <= 253 && labels.last?.contains(where: \.isLetter) == true
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    }
            }
    }
}

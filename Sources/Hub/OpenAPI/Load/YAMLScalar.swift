import CallProtocol

/// What a plain scalar means by the core schema of YAML 1.2 (section 10.3.2 of its specification).
enum YAMLScalar {
    static func value(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: break
        }
        guard let first = text.utf8.first, first < 0x40 else { return .string(text) }
        return number(text) ?? .string(text)
    }

    /// A key as text; nil for a list or a mapping.
    static func key(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .array, .object: nil
        default: value.description
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        for (mark, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(mark) {
            let digits = text.dropFirst(2)
            return digits.first?.isHexDigit == true ? Int64(digits, radix: radix).map(JSONValue.integer) : nil
        }
        guard isNumber(text) else { return nil }
        let plain = text.hasPrefix("+") ? String(text.dropFirst()) : text
        if let whole = Int64(plain) { return .integer(whole) }
        // Infinity and what is not a number have no form in JSON: they stay text, as whatever is too large does.
        guard let value = Double(plain.hasSuffix(".") ? plain + "0" : plain), value.isFinite else { return nil }
        return .double(value)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func digits() -> Int {
            let run = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(run)
            return run
        }
        func skip(_ bytes: String) -> Bool {
            guard let next = rest.first, bytes.utf8.contains(next) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = skip("+-")
        let whole = digits()
        let fraction = skip(".") ? digits() : 0
        guard whole + fraction > 0 else { return false }
        if skip("eE") {
            _ = skip("+-")
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}

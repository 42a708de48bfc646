import CallProtocol

/// A failure as it goes to stderr.
enum ErrorReport {
    /// `capstan: message` and what to do for people; one line with an error object for scripts.
    static func text(_ failure: Failure, format: OutputFormat) -> String {
        guard format == .json else {
            var text = "capstan: " + CellText.lines(failure.message)
            if let advice = failure.advice { text += "\n  " + advice }
            return text + "\n"
        }
        var error: JSONValue = ["code": .string(failure.code.rawValue), "message": .string(failure.message)]
        error["details"] = failure.details ?? .object(JSONObject())
        if let advice = failure.advice, case .object(var details) = error["details"] ?? .null {
            details["advice"] = .string(advice)
            error["details"] = .object(details)
        }
        return JSONValue.object(["error": error]).description + "\n"
    }

    /// The output format that raw arguments ask for, also where they cannot be parsed; nothing after `--` counts.
    static func format(in arguments: [String]) -> OutputFormat {
        var format = OutputFormat.table
        var rest = arguments.prefix { $0 != "--" }[...]
        while let argument = rest.popFirst() {
            let value: Substring?
            switch argument {
            case "-o", "--output": value = rest.first.map { $0[...] }
            case _ where argument.hasPrefix("--output="): value = argument.dropFirst(9)
            case _ where argument.hasPrefix("-o="): value = argument.dropFirst(3)
            case _ where argument.hasPrefix("-o"): value = argument.dropFirst(2)
            default: value = nil
            }
            if let value, let known = OutputFormat(rawValue: String(value)) { format = known }
        }
        return format
    }
}

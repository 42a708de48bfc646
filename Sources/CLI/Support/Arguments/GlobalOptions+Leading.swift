import ArgumentParser

extension GlobalOptions {
    /// The arguments with global options that stand before the noun moved behind the verb, where the parser looks for
    /// them. Where no noun follows there is nothing to move them to, and they stay.
    static func moved(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var leading: [String] = []
        while let taken = leadingOption(rest) {
            leading += rest.prefix(taken)
            rest = rest.dropFirst(taken)
        }
        guard !leading.isEmpty, let noun = Capstan.noun(rest.first) else {
            // The noun is what is wrong with it, or there is none.
            return rest.first?.hasPrefix("-") ?? true ? arguments : Array(rest)
        }
        guard !noun.configuration.subcommands.isEmpty else { return rest.prefix(1) + leading + rest.dropFirst() }
        guard let verb = rest.dropFirst().first, !verb.hasPrefix("-") else { return Array(rest) }
        return rest.prefix(2) + leading + rest.dropFirst(2)
    }

    /// How many arguments the global option takes that `arguments` begin with; nil where they begin with something else.
    private static func leadingOption(_ arguments: ArraySlice<String>) -> Int? {
        guard let first = arguments.first else { return nil }
        switch first {
        case "-q", "--quiet": return 1
        case "-o", "--output", "--context", "--wait": return arguments.count > 1 ? 2 : nil
        default:
            let joined = ["--output=", "--context=", "--wait=", "-o="]
            return joined.contains { first.hasPrefix($0) } ? 1 : nil
        }
    }
}

extension Capstan {
    /// The command of that name below the root.
    static func noun(_ name: String?) -> (any ParsableCommand.Type)? {
        guard let name else { return nil }
        return configuration.subcommands.first { $0._commandName == name }
    }
}

import ArgumentParser
import Operations

/// What a noun or a verb that does not exist was perhaps meant to be.
enum MistypedCommand {
    /// The whole command that was meant, `capstan node list`; nil where nothing is mistyped, or nothing is near.
    static func meant(by arguments: [String]) -> String? {
        let arguments = GlobalOptions.moved(arguments)
        guard let first = arguments.first, !first.hasPrefix("-"), first != "help" else { return nil }
        let verb = arguments.dropFirst().first.flatMap { $0.hasPrefix("-") || $0 == "help" ? nil : $0 }
        guard let noun = Capstan.noun(first) else {
            guard let name = near(first, below: Capstan.self), let noun = Capstan.noun(name) else { return nil }
            return (["capstan", name] + [verb.flatMap { meant($0, below: noun) }].compactMap { $0 })
                .joined(separator: " ")
        }
        let verbs = noun.configuration.subcommands
        guard let verb, !verbs.isEmpty, !verbs.contains(where: { $0._commandName == verb }) else { return nil }
        return near(verb, below: noun).map { "capstan \(first) \($0)" }
    }

    /// The verb itself, or the one that is near it.
    private static func meant(_ verb: String, below noun: any ParsableCommand.Type) -> String? {
        noun.configuration.subcommands.contains { $0._commandName == verb } ? verb : near(verb, below: noun)
    }

    private static func near(_ word: String, below command: any ParsableCommand.Type) -> String? {
        NearestName.to(word, among: command.configuration.subcommands.map { $0._commandName })
    }
}

import ArgumentParser
import Operations

/// What a noun or a verb that does not exist was perhaps meant to be.
enum MistypedCommand {
    /// The whole command that was meant, `capstan node list`; nil where nothing is mistyped, or nothing is near.
    static func meant(by arguments: [String]) -> String? {
        let arguments = GlobalOptions.moved(arguments)
        guard let first = arguments.first, !first.hasPrefix("-"), first != "help" else { return nil }
        guard let noun = Capstan.noun(first) else {
            return near(first, below: Capstan.self).map { "capstan \($0)" }
        }
        guard let verb = arguments.dropFirst().first, !verb.hasPrefix("-"), verb != "help" else { return nil }
        let verbs = noun.configuration.subcommands
        guard !verbs.isEmpty, !verbs.contains(where: { $0._commandName == verb }) else { return nil }
        return near(verb, below: noun).map { "capstan \(first) \($0)" }
    }

    private static func near(_ word: String, below command: any ParsableCommand.Type) -> String? {
        NearestName.to(word, among: command.configuration.subcommands.map { $0._commandName })
    }
}

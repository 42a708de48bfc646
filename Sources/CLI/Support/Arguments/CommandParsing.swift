import ArgumentParser

/// From arguments to the command they mean.
///
/// The parser looks for a wish for completion scripts by building and running two parsers more, at each start, and looks
/// at the arguments of a command anew for each noun above it, which is much of the time that a short command takes. It
/// leaves the first out below a root that is part of another tool. So the command that the nouns name is parsed as such
/// a root, without the nouns; and whatever is not simply a command of ours (help, versions, mistakes) is parsed again
/// from the true root, for its words.
enum CommandParsing {
    /// The command, with global options also from before its noun, and with its program handed over as it stands.
    ///
    /// - Parameter arguments: without the program's name.
    /// - Throws: the parser's errors, as ``Capstan`` gives them.
    static func parse(_ arguments: [String]) async throws -> any ParsableCommand {
        let cut = CutArguments(GlobalOptions.moved(arguments))
        let command: any ParsableCommand
        if let quick = quickly(cut.own) {
            command = quick
        } else {
            command = try await Capstan.asyncParseAsRoot(cut.own)
        }
        guard let program = cut.program, let taker = command as? any ProgramTaking else { return command }
        return taker.taking(program)
    }

    /// The command by the short way; nil where the long one has to decide.
    static func quickly(_ arguments: [String]) -> (any ParsableCommand)? {
        guard !arguments.contains(where: { $0.hasPrefix("--generate-completion-script") }),
            let noun = Capstan.noun(arguments.first)
        else { return nil }
        let rest = arguments.dropFirst()
        let verbs = noun.configuration.subcommands
        guard !verbs.isEmpty else { return parse(Array(rest), as: noun) }
        guard let verb = verbs.first(where: { $0._commandName == rest.first }), verb.configuration.subcommands.isEmpty
        else { return nil }
        return parse(Array(rest.dropFirst()), as: verb)
    }

    /// Nil for what is not ours but the parser's own, such as help, which has to know its root.
    private static func parse<Command: ParsableCommand>(
        _ arguments: [String], as command: Command.Type
    ) -> (any ParsableCommand)? {
        (try? LoneCommand<Command>.parseAsRoot(arguments) as? LoneCommand<Command>)?.command
    }
}

/// A root that is one command.
private struct LoneCommand<Command: ParsableCommand>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "capstan", _superCommandName: "")
    }

    @OptionGroup var command: Command
}

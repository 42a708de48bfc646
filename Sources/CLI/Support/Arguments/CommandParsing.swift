import ArgumentParser

/// From arguments to the command they mean.
///
/// The parser looks for a wish for completion scripts by building and running two parsers more, at each start, which is
/// much of the time that a short command takes. It leaves that out below a root that is part of another tool. So the
/// first noun is parsed as such a root, which has nothing but it; and whatever is not simply a command of ours (help,
/// versions, mistakes) is parsed again from the true root, for its words.
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
        guard let first = arguments.first, !arguments.contains(where: { $0.hasPrefix("--generate-completion-script") }),
            let noun = Capstan.configuration.subcommands.first(where: { $0._commandName == first }),
            let command = try? parse(arguments, below: noun)
        else { return nil }
        // What is not ours is the parser's own: help, which knows its root.
        return String(reflecting: type(of: command)).hasPrefix("ArgumentParser.") ? nil : command
    }

    private static func parse<Noun: ParsableCommand>(
        _ arguments: [String], below noun: Noun.Type
    ) throws -> any ParsableCommand {
        try SingleNoun<Noun>.parseAsRoot(arguments)
    }
}

/// A root with one noun below it.
private struct SingleNoun<Noun: ParsableCommand>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "capstan", _superCommandName: "", subcommands: [Noun.self])
    }
}

import ArgumentParser

/// A command that takes a program behind `--`.
protocol ProgramTaking: ParsableCommand {
    /// The program and its arguments.
    var command: [String] { get set }
}

extension ProgramTaking {
    func taking(_ program: [String]) -> Self {
        var copy = self
        copy.command = program
        return copy
    }
}

/// Arguments cut at the first `--`, where the command is one that takes a program: what stands behind is the program's,
/// and the parser, whose time grows with the square of how much it is, has nothing to do with it.
struct CutArguments {
    /// What the parser is to see.
    let own: [String]
    /// What stands behind the `--`; nil where there is none, or where the command takes no program.
    let program: [String]?

    /// - Parameter arguments: beginning with the noun.
    init(_ arguments: [String]) {
        let takesProgram = Capstan.noun(arguments.first) is any ProgramTaking.Type
        guard takesProgram, let cut = arguments.firstIndex(of: "--") else {
            own = arguments
            program = nil
            return
        }
        own = Array(arguments[..<cut])
        program = Array(arguments[(cut + 1)...])
    }
}

/// A program to start: what, with which environment, where. Nothing is inherited from the starter.
package struct ProcessSpec: Sendable, Equatable {
    /// The whole argv. The first one names the program: a path when it holds a slash (relative to
    /// `workingDirectory`), else a name looked up in PATH of `environment`.
    package var arguments: [String]
    /// The complete environment.
    package var environment: [String: String]
    /// Where the program starts; nil is the starter's own working directory.
    package var workingDirectory: String?

    package init(arguments: [String], environment: [String: String], workingDirectory: String? = nil) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Why the system could not even be asked to start this, or nil.
    package var invalidity: String? {
        guard let program = arguments.first, !program.isEmpty else { return "no program is named" }
        if arguments.contains(where: Self.holdsNUL) { return "an argument holds a NUL byte" }
        if let directory = workingDirectory, Self.holdsNUL(directory) { return "the directory holds a NUL byte" }
        for (name, value) in environment {
            if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || Self.holdsNUL(name) {
                return "\"\(name)\" is no name for an environment variable"
            }
            if Self.holdsNUL(value) { return "the value of \(name) holds a NUL byte" }
        }
        return nil
    }

    private static func holdsNUL(_ text: String) -> Bool { text.utf8.contains(0) }
}

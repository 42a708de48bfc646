/// The arguments as the system gave them, before they became text.
enum RawArguments {
    /// The place of the first argument that is not UTF-8, counted from 1 behind the program's name; nil when all are.
    ///
    /// As text such an argument would be another one: what cannot be read is replaced, and the program on the node would
    /// get the replacement.
    static func firstNotUTF8(
        count: Int32 = CommandLine.argc,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = CommandLine.unsafeArgv
    ) -> Int? {
        (1..<max(1, Int(count))).first { place in
            arguments[place].map { String(validatingCString: $0) == nil } ?? false
        }
    }
}

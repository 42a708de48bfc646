/// The link to the hub, dialled while the arguments are still being read.
///
/// Reading arguments takes a command about as long as the hub's handshake does, and neither needs the other: the words
/// at the front tell well enough whether a hub will be asked, and which. A wrong guess costs the hub a handshake that
/// nothing comes of. What fails here fails again, and is told, where the command asks for its connector.
enum HeadStart {
    /// The connector of the chosen context, where one was begun; nil in it where there is no context to choose.
    @TaskLocal static var connector: Task<HubConnector?, Never>?

    /// The nouns whose commands ask a hub, whatever their verb.
    static let nouns: Set<String> = [
        "exec", "shell", "session", "copy", "run", "node", "workload", "container", "image", "events", "call",
        "tunnel", "provider", "instance", "budget", "pool",
    ]
    /// What says that no hub is asked after all, or not the chosen one.
    private static let objections = ["--help", "-h", "help", "--version", "--context", "--generate-completion-script"]

    /// Begins, where the arguments look like it. The parser decides later what they mean.
    static func begin(_ arguments: [String]) -> Task<HubConnector?, Never>? {
        guard isLikely(arguments) else { return nil }
        return Task.detached {
            guard let connector = try? HubConnector.chosen(nil) else { return nil }
            connector.dialEarly()
            return connector
        }
    }

    static func isLikely(_ arguments: [String]) -> Bool {
        guard let noun = arguments.first, nouns.contains(noun) else { return false }
        return !arguments.prefix { $0 != "--" }.contains { argument in
            objections.contains { argument == $0 || argument.hasPrefix($0 + "=") }
        }
    }
}

import ArgumentParser

/// `capstan session`
struct Session: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Sessions that outlive their callers.",
        discussion: .flowing(
            """
            A session begins with capstan shell NODE --session NAME. Its program survives the link, the hub and the spoke;
            leaving it (~.) does not end it, and several may watch it together.

            Example:
              capstan shell gpu-1 --session train
              capstan session list
              capstan session attach train
              capstan session replay train --speed 4
            """),
        subcommands: [SessionListCommand.self, SessionAttach.self, SessionKill.self, SessionReplayCommand.self])
}

/// The names inside a session's directory.
///
/// A session's directory never exists without its lock held by its supervisor or its supervisor gone: it is made
/// under another name, locked, filled and then renamed to its own, which is the moment that decides who supervises.
enum SessionFiles {
    /// Locked by the supervisor for life.
    static let lock = "lock"
    static let recording = "recording"
    /// The Unix socket for those who watch and control.
    static let socket = "socket"
    /// Program and supervisor, written once the program runs.
    static let started = "started"
    /// How the program ended. Its bytes are reserved under the other name from the start, for a full disk.
    static let exit = "exit"
    static let exitReserve = "exit.new"
    /// What whoever started a session wants to be known of it.
    static let about = "about"
    static let log = "supervisor.log"
    /// What the directory of a session being made is called, before a pid and a number.
    static let makingPrefix = ".starting-"
    /// The same for one being removed.
    static let removingPrefix = ".removing-"

    /// Splits a path into the folder it lies in and its last name; nil when it has none.
    static func split(_ path: String) -> (parent: String, name: String)? {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard let slash = trimmed.lastIndex(of: "/") else {
            return trimmed.isEmpty || trimmed == "." || trimmed == ".." ? nil : (".", String(trimmed))
        }
        let name = String(trimmed[trimmed.index(after: slash)...])
        guard !name.isEmpty, name != ".", name != ".." else { return nil }
        return (slash == trimmed.startIndex ? "/" : String(trimmed[..<slash]), name)
    }
}

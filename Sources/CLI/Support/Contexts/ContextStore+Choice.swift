import CallProtocol
import Link

extension ContextStore {
    /// The context to use: the one that is named, else `CAPSTAN_CONTEXT`, else the current one, else the only one.
    ///
    /// - Throws: a ``Failure``: configuration is missing where there is none at all, misuse with the list where several
    ///   are there and none is chosen.
    func choose(_ named: String?, environment: [String: String] = Environment.all) throws -> HubContext {
        if let named { return try load(named) }
        if let wanted = environment["CAPSTAN_CONTEXT"], !wanted.isEmpty { return try load(wanted) }
        if let marked = try marked(), let current = try loadIfPresent(marked) { return current }
        let names = names()
        if names.count == 1, let only = names.first { return try load(only) }
        guard names.isEmpty else {
            throw Failure.misuse(
                "several contexts are there and none is chosen: \(names.joined(separator: ", "))",
                advice: "choose one: capstan context use NAME, or --context NAME")
        }
        throw Failure.notConfigured("no hub is known here yet: capstan login TOKEN", advice: Self.howToJoin)
    }

    /// A free name for a context of that hub: its host's, numbered where that is taken. Never that of a context that
    /// is there: its key is perhaps the only way in with its rights.
    func newName(for context: HubContext) -> String {
        let host = context.hub.first.map { $0.port == 7443 ? $0.host : "\($0.host)-\($0.port)" } ?? "hub"
        let plain = String(host.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" })
        let base = String(plain.drop { $0 == "." || $0 == "-" }.prefix(48))
        let known = names()
        let root = base.isEmpty ? "hub" : base
        let candidates = [root] + (2...1_000).map { "\(root)-\($0)" }
        return candidates.first { !known.contains($0) } ?? "\(root)-\(Hex.random(4))"
    }

    /// Refuses a name that a context has already.
    func requireFree(_ name: String) throws {
        guard has(name) else { return }
        throw Failure(
            .conflict, "there is a context `\(name)` already, and its key would be lost",
            advice: "choose another --context, or remove that one first: capstan context remove \(name)")
    }
}

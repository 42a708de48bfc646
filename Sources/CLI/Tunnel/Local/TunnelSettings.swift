import CallProtocol
import Daemon
import NIOPosix

/// What is kept of a tunnel that runs by itself: `tunnel.yaml` in its repo. Where it leads and what people call it the hub knows.
struct TunnelSettings: Sendable, Equatable {
    static let file = "tunnel.yaml"

    var name: String
    /// The tunnel's id at the hub.
    var tunnel: String
    var project: String?
    /// The program that prints tokens, absolute.
    var credentialsHelper: String?
    /// The context of the operator by whose right it was made.
    var context: String?
    /// RFC 3339.
    var createdAt: String

    /// - Throws: a ``Failure``: 64 where nothing of that name is kept, 65 for a file that is damaged.
    static func load(_ repo: TunnelRepo) throws -> TunnelSettings {
        guard let settings = try loadIfPresent(repo) else {
            throw Failure(
                .failedPrecondition, "there is no tunnel of the name \(repo.name) here",
                advice: "capstan tunnel ps shows those there are; capstan tunnel listen --detach makes one")
        }
        return settings
    }

    static func loadIfPresent(_ repo: TunnelRepo) throws -> TunnelSettings? {
        let path = repo.directory.file(file)
        guard let bytes = try AtomicFile.readIfPresent(path, limit: 65_536) else { return nil }
        var fields = try YAMLFile.fields(String(decoding: bytes, as: UTF8.self), name: path)
        let found = TunnelSettings(
            name: try fields.text("name") ?? "", tunnel: try fields.text("tunnel") ?? "",
            project: try fields.text("project"), credentialsHelper: try fields.text("credentials_helper"),
            context: try fields.text("context"), createdAt: try fields.text("created_at") ?? "")
        try fields.finish()
        guard found.name == repo.name, !found.tunnel.isEmpty else {
            throw Failure.malformed("\(path) names no tunnel, or another one than \(repo.name)")
        }
        return found
    }

    /// - Throws: a ``Failure`` of exit code 78 for a program that is not there any more.
    func helper() throws -> CredentialsHelper? { try credentialsHelper.map { try CredentialsHelper($0) } }

    /// By whose right it is there, where its key alone does not do.
    func source(_ group: MultiThreadedEventLoopGroup) throws -> (any BearerSource)? {
        if let helper = try helper() { return HelperSource(helper: helper, group: group) }
        guard let context, let context = try? ContextStore().load(context) else { return nil }
        return OperatorSource(context: context, connector: HubConnector(context, group: group))
    }

    func save(in repo: TunnelRepo) throws {
        var value: JSONValue = [
            "name": .string(name), "tunnel": .string(tunnel), "created_at": .string(createdAt),
        ]
        value["project"] = project.map { .string($0) }
        value["credentials_helper"] = credentialsHelper.map { .string($0) }
        value["context"] = context.map { .string($0) }
        try AtomicFile.write(try value.yaml(), to: repo.directory.file(Self.file))
    }
}

import ArgumentParser
import CallProtocol
import Operations

/// `capstan role create`
struct RoleCreate: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a role out of scopes, or out of a file with several grants.",
        discussion: .flowing(
            """
            A scope is namespace:verb, namespace:* or *; capstan operations lists what there is. With --nodes the role
            ends at nodes with these labels, with --resource at these workloads or nodes, by id or name: then it gives
            only what is done to one of them, so that lists want a grant of their own, in a file:

              grants:
                - scopes: [workload:list]
                - scopes: [workload:show, workload:logs]
                  nodes: [site=a]
                  resources: [db-*]

            Example:
              capstan role create a --allow 'workload:*' --allow node:list --nodes site=a
              capstan role create db --allow workload:cancel --resource 'db-*'
              capstan role create db --replace -f role.yaml
            """))

    @Argument(help: "The name of the role; with -f it may stand in the file.") var name: String?

    @Option(
        name: .customLong("allow"), help: ArgumentHelp("A scope that the role has; repeatable.", valueName: "scope"),
        completion: .list(OperationCatalog.grantable.map(\.scope)))
    var scopes: [String] = []

    @Option(help: ArgumentHelp("On nodes with this label only; repeatable: k=v, k!=v, k, !k.", valueName: "selector"))
    var nodes: [String] = []

    @Option(
        name: .customLong("resource"),
        help: ArgumentHelp("For this id or name only, or with * for all that begin so; repeatable.", valueName: "id"))
    var resources: [String] = []

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("A YAML file with the grants; - reads it from stdin.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Flag(help: "Replace the role of that name, for everybody who has it.") var replace = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(RoleOperations.create, try await input())
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: view)) { view.fields.text(coloured: printer.isColoured) }
    }

    /// What the arguments and the file say together.
    /// - Throws: a ``Failure`` for what is missing, or said twice.
    func input() async throws -> RoleCreateInput {
        let isGiven = !scopes.isEmpty || !nodes.isEmpty || !resources.isEmpty
        guard let file else {
            guard let name else { throw Failure.misuse("the role has no name") }
            guard !scopes.isEmpty else {
                throw Failure.misuse("the role allows nothing", advice: "say what: --allow SCOPE, or -f FILE")
            }
            let selector = try LabelSelector(parsing: nodes)
            let grant = RoleGrant(
                scopes: scopes, nodes: selector.isEmpty ? nil : selector.texts,
                resources: resources.isEmpty ? nil : resources)
            return RoleCreateInput(name: name, grants: [grant], replace: replace ? true : nil)
        }
        guard !isGiven else { throw Failure.misuse("--allow, --nodes and --resource do not go with -f") }
        let read = try await RoleFile.read(file)
        guard let name = name ?? read.name else {
            throw Failure.misuse("the role has no name", advice: "give it before -f, or as name in the file")
        }
        guard read.name == nil || read.name == name else {
            throw Failure.misuse("the role is \(name) here and \(read.name ?? "") in \(YAMLFile.name(file))")
        }
        return RoleCreateInput(name: name, grants: read.grants, replace: replace ? true : nil)
    }
}

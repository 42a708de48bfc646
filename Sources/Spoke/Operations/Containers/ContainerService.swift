import CallProtocol
import Engine
import Logging
import Operations

/// The containers of this node's engine, for callers.
final class ContainerService: Sendable {
    let watch: EngineWatch
    let labels: ContainerLabels
    /// This node, as the labels of its containers say it.
    let node: String
    let clock: any Clock<Duration>
    /// Engines collapse under many execs at once.
    let execs: Permits
    /// One creation for each key at a time.
    let creating = KeyedPermits()

    init(
        watch: EngineWatch, labels: ContainerLabels, execsAtOnce: Int, clock: any Clock<Duration>,
        node: String
    ) {
        self.watch = watch
        self.labels = labels
        self.clock = clock
        self.node = node
        execs = Permits(execsAtOnce)
    }

    /// Runs `body` with the engine. What it finds of the engine's absence is noted.
    /// - Throws: `CallError` for all that an engine says.
    func asking<Result>(
        _ missing: CallError.Missing = .container, conflict: ErrorCode = .failedPrecondition,
        _ body: (EngineClient) async throws -> Result
    ) async throws -> Result {
        let session: EngineSession
        do throws(EngineAbsence) {
            session = try await watch.session()
        } catch {
            throw CallError(error)
        }
        do {
            return try await body(session.client)
        } catch let error as EngineError {
            if error.isAbsence { watch.lost(session, error) }
            throw CallError(error, missing: missing, conflict: conflict)
        }
    }

    /// A container that the caller may use, looked up anew.
    func find(_ name: String, for access: ContainerAccess) async throws -> ContainerView {
        let view = try await asking { client in
            try await document(name, client)
        }
        try access.check(view)
        return view
    }

    func document(_ name: String, _ client: EngineClient, raw: Bool = false) async throws -> ContainerView {
        let json = try await client.value(EngineRequest(.get, Self.path(name, "/json")))
        guard var view = ContainerView(inspected: json, labels: labels) else {
            throw EngineError.malformed("no container")
        }
        if raw { view.raw = view.attempt == nil ? json : Self.withoutValues(json) }
        return view
    }

    /// A document in which variables have no values.
    private static func withoutValues(_ json: JSONValue) -> JSONValue {
        var json = json
        var config = json["Config"] ?? .null
        config["Env"] = .array(
            (config["Env"]?.arrayValue ?? []).map { .string(String(($0.stringValue ?? "").prefix { $0 != "=" })) })
        json["Config"] = config
        return json
    }

    static func path(_ container: String, _ rest: String) -> String {
        "/containers/" + EngineRequest.escape(container) + rest
    }

    func list(_ input: ContainerListInput, for access: ContainerAccess) async throws -> ContainerList {
        var filters = input.labels ?? []
        if input.ownedOnly ?? false {
            filters.append("\(labels.managed)=true")
            if let peer = access.peer { filters.append("\(labels.owner)=\(peer)") }
        }
        let views = try await labelled(filters, all: input.all ?? false)
        return ContainerList(containers: views.map { access.covers($0) ? $0 : $0.fromOutside(labels) })
    }

    /// The containers that have all these labels, `name` or `name=value`.
    /// - Parameter all: those that do not run too.
    func labelled(_ labels: [String], all: Bool) async throws -> [ContainerView] {
        var query = [(name: "all", value: all ? "1" : "0")]
        if !labels.isEmpty {
            let filters: JSONValue = ["label": .array(labels.map { .string($0) })]
            query.append((name: "filters", value: RawJSON(filters).description))
        }
        let request = EngineRequest(.get, "/containers/json", query: query)
        let answer = try await asking { try await $0.value(request) }
        return (answer.arrayValue ?? []).compactMap { ContainerView(listed: $0, labels: self.labels) }
    }

    func inspect(_ input: ContainerInspectInput, for access: ContainerAccess) async throws -> ContainerView {
        let view = try await asking { try await document(input.container, $0, raw: input.raw ?? false) }
        try access.check(view)
        return view
    }

    /// A question about one container whose answer says nothing but that it is done.
    private func order(
        _ container: String, _ access: ContainerAccess, _ rest: String,
        _ query: [(name: String, value: String)] = [], method: EngineRequest.Method = .post,
        conflict: ErrorCode = .failedPrecondition
    ) async throws -> Empty {
        let view = try await find(container, for: access)
        let request = EngineRequest(method, Self.path(view.id, rest), query: query)
        _ = try await asking(conflict: conflict) { try await $0.value(request) }
        return Empty()
    }

    func start(_ input: ContainerRef, for access: ContainerAccess) async throws -> Empty {
        try await order(input.container, access, "/start")
    }

    func stop(_ input: ContainerStopInput, for access: ContainerAccess, again: Bool = false) async throws -> Empty {
        let query = input.timeoutSeconds.map { [(name: "t", value: String($0))] } ?? []
        return try await order(input.container, access, again ? "/restart" : "/stop", query)
    }

    func kill(_ input: ContainerKillInput, for access: ContainerAccess) async throws -> Empty {
        try await order(
            input.container, access, "/kill", input.signal.map { [(name: "signal", value: $0)] } ?? [])
    }

    func remove(_ input: ContainerRemoveInput, for access: ContainerAccess) async throws -> Empty {
        try await order(
            input.container, access, "",
            [
                (name: "force", value: input.force ?? false ? "1" : "0"),
                (name: "v", value: input.volumes ?? false ? "1" : "0"),
            ], method: .delete)
    }

    func rename(_ input: ContainerRenameInput, for access: ContainerAccess) async throws -> Empty {
        try await order(input.container, access, "/rename", [(name: "name", value: input.name)], conflict: .conflict)
    }

    func top(_ input: ContainerTopInput, for access: ContainerAccess) async throws -> ContainerTop {
        let view = try await find(input.container, for: access)
        let query = input.args.map { [(name: "ps_args", value: $0)] } ?? []
        let answer = try await asking {
            try await $0.value(EngineRequest(.get, Self.path(view.id, "/top"), query: query))
        }
        func texts(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).map { $0.stringValue ?? "" } }
        return ContainerTop(
            titles: texts(answer["Titles"]), processes: (answer["Processes"]?.arrayValue ?? []).map { texts($0) })
    }
}

import CallProtocol
import Engine
import Operations

/// Making containers.
extension ContainerService {
    func create(_ spec: ContainerSpec, _ context: CallContext) async throws -> ContainerCreated {
        let access = ContainerAccess(context.caller)
        if let label = labels.forbidden(in: spec.labels) {
            throw CallError(
                .invalidInput,
                "labels: `\(label)` is Capstan's own; labels that begin with \(labels.prefix) cannot be set")
        }
        for (place, mount) in (spec.mounts ?? []).enumerated() {
            if let invalidity = mount.invalidity { throw CallError(.invalidInput, "mounts[\(place)]: \(invalidity)") }
        }
        var own = [labels.managed: "true", labels.node: node]
        if let peer = access.peer { own[labels.owner] = peer }
        if let key = context.idempotencyKey {
            own[labels.request] = Bytes.sha256(Array("\(access.peer ?? "")\u{0}\(key)".utf8))
            // Of all but the credentials: a hash of them could be tried out.
            var input = try context.input.value()
            input["registryAuth"] = nil
            own[labels.input] = Bytes.sha256(input.canonicalBytes())
        }
        let labels = own
        // Asked twice at once, it is made once.
        return try await creating.with(own[self.labels.request]) {
            if let (made, isNew) = try await made(before: labels) {
                if isNew, spec.start ?? true { try await begin(made) }
                return made
            }
            let created = try await make(spec, labels: labels, name: spec.name)
            if spec.start ?? true { try await begin(created) }
            return created
        }
    }

    /// What the same request made before, and whether it was never started.
    /// - Throws: `CONFLICT` where the key was used for something else.
    private func made(before own: [String: String]) async throws -> (ContainerCreated, Bool)? {
        guard let request = own[labels.request] else { return nil }
        guard let view = try await labelled(["\(labels.request)=\(request)"], all: true).first else { return nil }
        guard view.labels[labels.input] == own[labels.input] else {
            throw CallError(.conflict, "this idempotency key was used for another container (\(view.name))")
        }
        return (ContainerCreated(id: view.id, name: view.name, warnings: []), view.state == "created")
    }

    /// Makes a container with these labels, its image fetched where the policy wants it.
    func make(_ spec: ContainerSpec, labels own: [String: String], name: String?) async throws -> ContainerCreated {
        let images = ImageService(service: self)
        if spec.pull == .always { try await images.fetch(spec.image, auth: spec.registryAuth) }
        do {
            return try await makeNow(spec, own, name)
        } catch let error as CallError where error.code == ContainerError.imageNotFound {
            guard spec.pull != .never, spec.pull != .always, try await !images.isThere(spec.image) else { throw error }
            try await images.fetch(spec.image, auth: spec.registryAuth)
            return try await makeNow(spec, own, name)
        }
    }

    private func makeNow(
        _ spec: ContainerSpec, _ own: [String: String], _ name: String?
    ) async throws -> ContainerCreated {
        let query = name.map { [(name: "name", value: $0)] } ?? []
        var keepsBytes = true
        if case .ready(let session) = watch.standing {
            keepsBytes =
                session.identity.product != .docker || !["json-file", "none"].contains(session.identity.logDriver)
        }
        let body = ContainerBody.json(spec, labels: labels.merged(own, into: spec.labels), keepsBytes: keepsBytes)
        let answer = try await asking(.image, conflict: .conflict) {
            try await $0.value(EngineRequest(.post, "/containers/create", query: query, body: .json(body)))
        }
        guard let id = answer["Id"]?.stringValue else {
            throw CallError(EngineError.malformed("a container without an id"))
        }
        let named: String
        if let name { named = name } else { named = try await asking { try await document(id, $0).name } }
        return ContainerCreated(
            id: id, name: named, warnings: (answer["Warnings"]?.arrayValue ?? []).compactMap(\.stringValue))
    }

    /// Starts what was just made; what cannot be started does not stay.
    private func begin(_ created: ContainerCreated) async throws {
        do {
            _ = try await asking { try await $0.value(EngineRequest(.post, Self.path(created.id, "/start"))) }
        } catch let error as CallError where error.code != .unavailable {
            try? await discard(created.id)
            throw error
        }
    }
}

/// A container to be made.
package struct ContainerSpec: Described, Hashable {
    package var image: String
    package var cmd: [String]?
    package var entrypoint: [String]?
    package var env: [String: String]?
    /// The caller's own; those of Capstan cannot be set.
    package var labels: [String: String]?
    package var name: String?
    package var mounts: [ContainerMount]?
    package var ports: [ContainerPort]?
    package var resources: ContainerResources?
    package var restart: ContainerRestart?
    package var user: String?
    package var workdir: String?
    /// `bridge`, `host`, `none`, or a network of the engine.
    package var network: String?
    /// Whether a small first process reaps what the program leaves.
    package var `init`: Bool?
    /// Whether the image is fetched first; `missing` when left out.
    package var pull: ImagePullPolicy?
    /// For a registry that wants to know who asks; kept nowhere.
    package var registryAuth: RegistryAuth?
    /// Whether it is started; yes when left out.
    package var start: Bool?

    package init(image: String) { self.image = image }

    package static let schema = JSONSchema.object(
        [
            "image": ImageRef.field, "cmd": .array(of: .string()), "entrypoint": .array(of: .string()),
            "env": .map(of: .string()), "labels": .map(of: .string(), maxProperties: 256),
            "name": .string(minLength: 1, maxLength: 255),
            "mounts": .array(of: ContainerMount.schema, maxItems: 256),
            "ports": .array(of: ContainerPort.schema, maxItems: 1024), "resources": ContainerResources.schema,
            "restart": .enumeration(ContainerRestart.self), "user": .string(minLength: 1),
            "workdir": .string(minLength: 1), "network": .string(minLength: 1), "init": .boolean,
            "pull": .enumeration(ImagePullPolicy.self), "registryAuth": RegistryAuth.schema, "start": .boolean,
        ], required: ["image"])
}

package enum ContainerRestart: String, Codable, Sendable, CaseIterable {
    case no, always
    case onFailure = "on-failure"
    case unlessStopped = "unless-stopped"
}

package enum ImagePullPolicy: String, Codable, Sendable, CaseIterable {
    case missing, always, never
}

/// Something of the machine, or of the engine, that a container sees as a folder of its own.
package struct ContainerMount: Described, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable { case bind, volume, tmpfs }

    /// `bind` when left out.
    package var type: Kind?
    /// A path of the machine, or a volume's name; none for tmpfs.
    package var source: String?
    package var target: String
    package var readOnly: Bool?

    package init(type: Kind? = nil, source: String?, target: String, readOnly: Bool? = nil) {
        self.type = type
        self.source = source
        self.target = target
        self.readOnly = readOnly
    }

    package static let schema = JSONSchema.object(
        [
            "type": .enumeration(Kind.self), "source": .string(minLength: 1),
            "target": .string(minLength: 1).describe("An absolute path in the container"), "readOnly": .boolean,
        ], required: ["target"])

    /// Why no engine would take it, in words; nil where nothing speaks against it.
    package var invalidity: String? {
        guard target.hasPrefix("/") else { return "target `\(target)` is no absolute path" }
        switch type ?? .bind {
        case .bind:
            guard let source, source.hasPrefix("/") else {
                return "a bind mount needs an absolute path of the machine as its source"
            }
        case .volume: guard source != nil else { return "a volume mount needs the volume's name as its source" }
        case .tmpfs: guard source == nil else { return "a tmpfs mount has no source" }
        }
        return nil
    }
}

/// A port of a container that the machine passes on.
package struct ContainerPort: Described, Hashable {
    package var container: Int
    /// On the machine; left out, one that is free.
    package var host: Int?
    /// The machine's address; left out, all of them.
    package var address: String?
    /// `tcp` when left out.
    package var `protocol`: PortProtocol?

    package enum PortProtocol: String, Codable, Sendable, CaseIterable { case tcp, udp, sctp }

    package init(container: Int, host: Int? = nil, address: String? = nil, protocol: PortProtocol? = nil) {
        self.container = container
        self.host = host
        self.address = address
        self.protocol = `protocol`
    }

    package static let schema = JSONSchema.object(
        [
            "container": .integer(minimum: 1, maximum: 65_535), "host": .integer(minimum: 1, maximum: 65_535),
            "address": .string(), "protocol": .enumeration(PortProtocol.self),
        ], required: ["container"])
}

/// What a container may use at most.
package struct ContainerResources: Described, Hashable {
    package var cpus: Double?
    /// In 1,048,576 bytes.
    package var memoryMB: Int64?
    /// So many GPUs; -1 for all.
    package var gpus: Int?

    package init(cpus: Double? = nil, memoryMB: Int64? = nil, gpus: Int? = nil) {
        self.cpus = cpus
        self.memoryMB = memoryMB
        self.gpus = gpus
    }

    package static let schema = JSONSchema.object(
        [
            "cpus": .number(minimum: 0, maximum: 4096),
            "memoryMB": .integer(minimum: 0, maximum: 1 << 40).describe("In 1,048,576 bytes"),
            "gpus": .integer(minimum: -1, maximum: 1024).describe("So many; -1 for all"),
        ], required: [])
}

package struct ContainerCreated: Described, Hashable {
    package var id: String
    package var name: String
    /// What the engine warns of.
    package var warnings: [String]

    package init(id: String, name: String, warnings: [String]) {
        self.id = id
        self.name = name
        self.warnings = warnings
    }

    package static let schema = JSONSchema.object(
        ["id": .string(), "name": .string(), "warnings": .array(of: .string())], required: ["id", "name", "warnings"])
}

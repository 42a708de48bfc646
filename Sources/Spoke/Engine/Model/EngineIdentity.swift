import CallProtocol

/// Which engine it is and what it can do.
package struct EngineIdentity: Sendable, Hashable {
    package enum Product: String, Sendable { case docker, podman, other }

    package var product: Product
    /// Of the engine: `20.10.24`.
    package var version: String
    /// Of the API that is spoken with it.
    package var api: APIVersion
    /// How it logs where nobody says: `json-file`.
    package var logDriver: String
    package var isRootless: Bool
    /// Whether programs can be given GPUs.
    package var hasGPURuntime: Bool
    /// Its own id, that changes with its data.
    package var id: String

    /// What is asked for most.
    static let newest = APIVersion(major: 1, minor: 47)
    /// Docker Engine 20.10, Podman 4.
    static let oldest = APIVersion(major: 1, minor: 41)
}

/// `1.41`: compared number by number.
package struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Nil for another text.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else {
            return nil
        }
        self.init(major: major, minor: minor)
    }

    package static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    package var description: String { "\(major).\(minor)" }
}

extension EngineClient {
    /// Finds out which engine it is and agrees on a version of the API: the newest that both know.
    /// - Throws: ``EngineError/unusable(_:)`` where there is none, or where no engine answers.
    package func negotiate() async throws -> (client: EngineClient, identity: EngineIdentity) {
        let about = try await value(EngineRequest(.get, "/version"))
        guard let engine = about["Version"]?.stringValue,
            let newest = about["ApiVersion"]?.stringValue.flatMap(APIVersion.init)
        else { throw EngineError.unusable("what listens at \(address) is no container engine") }
        let least = about["MinAPIVersion"]?.stringValue.flatMap(APIVersion.init) ?? EngineIdentity.oldest
        let api = min(newest, EngineIdentity.newest)
        guard api >= EngineIdentity.oldest else {
            throw EngineError.unusable(
                "the engine at \(address) offers API \(newest); \(EngineIdentity.oldest) is needed (Docker Engine 20.10, "
                    + "Podman 4, or newer)")
        }
        guard api >= least else {
            throw EngineError.unusable(
                "the engine at \(address) wants API \(least) at least; \(EngineIdentity.newest) is the newest known here"
            )
        }
        let client = speaking(api.description)
        let info = try await client.value(EngineRequest(.get, "/info"))
        return (client, EngineIdentity(about, info, version: engine, api: api))
    }
}

extension EngineIdentity {
    init(_ about: JSONValue, _ info: JSONValue, version: String, api: APIVersion) {
        let names = (about["Components"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
        product = names.contains { $0.hasPrefix("Podman") } ? .podman : names.contains("Engine") ? .docker : .other
        self.version = version
        self.api = api
        logDriver = info["LoggingDriver"]?.stringValue ?? ""
        isRootless = (info["SecurityOptions"]?.arrayValue ?? []).contains {
            $0.stringValue?.hasPrefix("name=rootless") ?? false
        }
        let runtimes = info["Runtimes"]?.objectValue.map { Set($0.map(\.key)) } ?? []
        hasGPURuntime = runtimes.contains("nvidia") || info["DiscoveredDevices"]?.arrayValue?.isEmpty == false
        id = info["ID"]?.stringValue ?? ""
    }
}

import CallProtocol
import Engine
import FoundationEssentials
import Operations

/// The images of this node's engine.
struct ImageService {
    let service: ContainerService

    func list() async throws -> ImageList {
        let answer = try await service.asking { try await $0.value(EngineRequest(.get, "/images/json")) }
        return ImageList(images: (answer.arrayValue ?? []).compactMap { ImageView($0) })
    }

    func inspect(_ input: ImageRef) async throws -> ImageView {
        let answer = try await service.asking(.image) {
            try await $0.value(EngineRequest(.get, ImageName.path(input.image, "/json")))
        }
        guard let view = ImageView(answer) else { throw CallError(EngineError.malformed("no image")) }
        return view
    }

    func isThere(_ image: String) async throws -> Bool {
        do {
            _ = try await inspect(ImageRef(image: image))
            return true
        } catch let error as CallError where error.code == ContainerError.imageNotFound {
            return false
        }
    }

    func remove(_ input: ImageRemoveInput) async throws -> ImageRemoved {
        let query = [(name: "force", value: input.force ?? false ? "1" : "0")]
        let answer = try await service.asking(.image) {
            try await $0.value(EngineRequest(.delete, ImageName.path(input.image, ""), query: query))
        }
        func all(_ key: String) -> [String] { (answer.arrayValue ?? []).compactMap { $0[key]?.stringValue } }
        return ImageRemoved(untagged: all("Untagged"), deleted: all("Deleted"))
    }

    /// Fetches an image and says nothing of how far it is.
    func fetch(_ image: String, auth: RegistryAuth?) async throws {
        try await pull(ImagePullInput(image: image, auth: auth)) { _ in }
    }

    func pull(_ input: ImagePullInput, to sink: OutputSink) async throws {
        try await pull(input) { try await sink.send($0) }
        let view = try await inspect(ImageRef(image: input.image))
        try await sink.send(ImageProgress(status: "Pulled", image: view.id))
    }

    private func pull(_ input: ImagePullInput, _ tell: (ImageProgress) async throws -> Void) async throws {
        let name = ImageName(input.image)
        var request = EngineRequest(
            .post, "/images/create",
            query: [(name: "fromImage", value: name.repository), (name: "tag", value: name.tag)])
        if let platform = input.platform { request.query.append((name: "platform", value: platform)) }
        if let auth = input.auth { request.headers.append((name: "X-Registry-Auth", value: Self.header(auth, name))) }
        try await service.asking(.image) { client in
            do {
                try await client.ask(request) { answer in
                    try await answer.check()
                    try await answer.values { value in
                        if let fault = (value["errorDetail"]?["message"] ?? value["error"])?.stringValue {
                            throw Self.failed(input.image, fault)
                        }
                        try await tell(ImageProgress(value))
                        return true
                    }
                }
            } catch EngineError.refused(let status, let message) where status != 404 {
                throw Self.failed(input.image, message)
            }
        }
    }

    private static func failed(_ image: String, _ reason: String) -> CallError {
        CallError(ContainerError.pullFailed, "\(image) could not be pulled: \(reason)")
    }

    /// Credentials as the engine takes them: JSON in base64url.
    private static func header(_ auth: RegistryAuth, _ name: ImageName) -> String {
        var json: JSONValue = ["serveraddress": .string(name.registry)]
        if let username = auth.username { json["username"] = .string(username) }
        if let password = auth.password { json["password"] = .string(password) }
        if let token = auth.identityToken { json["identitytoken"] = .string(token) }
        return Data(RawJSON(json).description.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_")
    }
}

/// The name of an image, taken apart as registries need it.
///
/// Source: the reference grammar of the distribution project (`[domain/]path[:tag][@digest]`).
struct ImageName: Sendable, Hashable {
    /// With its registry where it names one.
    var repository: String
    /// Or a digest; `latest` where there is neither.
    var tag: String

    init(_ text: String) {
        if let at = text.firstIndex(of: "@") {
            let name = text[..<at]
            // A digest says all; a tag beside it says nothing more.
            repository = String(Self.withoutTag(name) ?? name)
            tag = String(text[text.index(after: at)...])
        } else if let bare = Self.withoutTag(text[...]) {
            repository = String(bare)
            tag = String(text[text.index(after: bare.endIndex)...])
        } else {
            repository = text
            tag = "latest"
        }
    }

    /// A colon before the last slash belongs to a registry's port.
    private static func withoutTag(_ text: Substring) -> Substring? {
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") else { return nil }
        return text[..<colon]
    }

    /// Where it is fetched from: the first part where that looks like a host.
    var registry: String {
        let parts = repository.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[0].contains(".") || parts[0].contains(":") || parts[0] == "localhost" else {
            return "https://index.docker.io/v1/"
        }
        return String(parts[0])
    }

    /// The path of a request about an image; the slashes of its name stay.
    static func path(_ image: String, _ rest: String) -> String {
        "/images/"
            + image.split(separator: "/", omittingEmptySubsequences: false)
            .map { EngineRequest.escape(String($0)) }.joined(separator: "/") + rest
    }
}

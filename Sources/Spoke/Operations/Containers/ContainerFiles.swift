import CallProtocol
import Engine
import FoundationEssentials
import NIOCore
import Operations

/// Archives into containers and images, and out of containers.
struct ContainerFiles {
    let service: ContainerService

    func copyIn(_ input: ContainerPath, for access: ContainerAccess, _ stream: SessionStream) async throws {
        let id = try await service.find(input.container, for: access).id
        // Asked before the archive is; and Podman would make a folder that is missing.
        try await service.asking(.path) { try await check(input, in: id, $0) }
        var request = EngineRequest(
            .put, ContainerService.path(id, "/archive"), query: [(name: "path", value: input.path)])
        request.body = .streamed(contentType: "application/x-tar")
        try stream.accept(Empty())
        try await service.asking(.path) { client in
            try await send(stream, as: request, to: client) { answer in
                _ = try await answer.whole()
            }
        }
    }

    private func check(_ input: ContainerPath, in id: String, _ client: EngineClient) async throws {
        let request = EngineRequest(
            .head, ContainerService.path(id, "/archive"), query: [(name: "path", value: input.path)])
        try await client.ask(request) { answer in
            // The answer to this question has no body for the reason.
            guard answer.status != 404 else {
                throw EngineError.refused(status: 404, message: "there is no \(input.path) in \(input.container)")
            }
            try await answer.check()
        }
    }

    func load(_ stream: SessionStream) async throws {
        // Asked before the archive is: without an engine nobody shall send one.
        try await service.asking { _ in }
        var request = EngineRequest(.post, "/images/load", query: [(name: "quiet", value: "1")])
        request.body = .streamed(contentType: "application/x-tar")
        try stream.accept(Empty())
        try await service.asking(.image) { client in
            try await send(stream, as: request, to: client) { answer in
                try await answer.values { value in
                    if let fault = (value["errorDetail"]?["message"] ?? value["error"])?.stringValue {
                        throw CallError(.invalidInput, fault)
                    }
                    if let text = value["stream"]?.stringValue { try await stream.sendRaw(ByteBuffer(string: text)) }
                    return true
                }
            }
        }
    }

    /// Sends what the caller sends, to its END, and reads the answer beside it: an engine that refuses says so early.
    private func send(
        _ stream: SessionStream, as request: EngineRequest, to client: EngineClient,
        _ read: (inout EngineAnswer) async throws -> Void
    ) async throws {
        try await client.upload(request) { output in
            while let bytes = try await stream.nextBytes() { try await output.write(bytes) }
        } _: { answer in
            try await answer.check()
            try await read(&answer)
        }
    }

    func copyOut(_ input: ContainerPath, for access: ContainerAccess, _ stream: SessionStream) async throws {
        let id = try await service.find(input.container, for: access).id
        let request = EngineRequest(
            .get, ContainerService.path(id, "/archive"), query: [(name: "path", value: input.path)])
        try await service.asking(.path) { client in
            try await client.ask(request) { answer in
                try await answer.check()
                guard let stat = answer.header("X-Docker-Container-Path-Stat").flatMap(Self.stat) else {
                    throw EngineError.malformed("an archive without a word about its path")
                }
                try stream.accept(stat)
                while let bytes = try await answer.next() { try await stream.sendRaw(bytes) }
            }
        }
    }

    /// The mark of a folder among the bits of a mode, as Go's `os.FileMode` has it.
    private static let folder: Int64 = 1 << 31

    private static func stat(_ header: String) -> ContainerPathStat? {
        guard let data = Data(base64Encoded: header),
            let json = try? RawJSON(validating: ByteBuffer(bytes: data)).value()
        else { return nil }
        return ContainerPathStat(
            name: json["name"]?.stringValue ?? "", size: max(0, json["size"]?.integerValue ?? 0),
            isFolder: (json["mode"]?.integerValue ?? 0) & folder != 0)
    }
}

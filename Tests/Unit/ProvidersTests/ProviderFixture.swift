import CallProtocol
import Core
import Logging
import NIOPosix
import OpenAPI
import Store
import Synchronization
import TestKit
import Testing

@testable import Operations
@testable import Providers

/// A provider service over an in-memory store, with secrets of its own.
struct ProviderFixture {
    let service: ProviderService
    let shelf: ProviderShelf
    let secret: Secret
    let store: HubStore

    /// What the only secret is now.
    final class Secret: Sendable {
        private let text = Mutex<String?>("s3cret")

        var value: String? {
            get { text.withLock { $0 } }
            set { text.withLock { $0 = newValue } }
        }
    }

    static let admin = Caller(peer: "01A", name: "anna", role: "admin", grants: [Grant(scopes: ["*"])])
    static let viewer = Caller(peer: "01B", name: "vera", role: "viewer", grants: BuiltInRole.grants("viewer") ?? [])
    static let operator_ = Caller(
        peer: "01C", name: "otto", role: "operator", grants: BuiltInRole.grants("operator") ?? [])

    static func with<T>(_ body: (ProviderFixture) async throws -> T) async throws -> T {
        let store = try HubStore.inMemory()
        let http = ProviderHTTP(on: MultiThreadedEventLoopGroup.singleton)
        let secret = Secret()
        let secrets = CredentialReader(
            variable: { $0 == "KEY" ? secret.value : nil }, file: { _ in throw CancellationError() },
            program: { _ in throw CancellationError() })
        let shelf = ProviderShelf(store)
        let service = ProviderService(shelf: shelf, http: http, secrets: secrets, logger: Logger(label: "test"))
        await service.load()
        let result: Result<T, any Error>
        do {
            result = .success(
                try await body(ProviderFixture(service: service, shelf: shelf, secret: secret, store: store)))
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        try? await store.close()
        return try result.get()
    }

    /// Imports a document of one file as `p`.
    @discardableResult
    func take(_ yaml: String, _ change: (inout ProviderImportInput) -> Void = { _ in }) async throws -> ProviderImported
    {
        var input = ProviderImportInput(name: "p", root: "p.yaml", files: [.init(path: "p.yaml", text: yaml)])
        input.credentials = ["env:KEY"]
        input.replace = true
        change(&input)
        return try JSONCoding.decode(
            ProviderImported.self, from: try await call("provider/import", try JSONCoding.encode(input)))
    }

    func call(_ name: String, _ input: RawJSON = .emptyObject, as caller: Caller = admin) async throws -> RawJSON {
        let entry = try service.entries.first { $0.descriptor.name == name } ?? service.entry(name, for: caller)
        guard let entry, case .unary(let body) = entry.handler else { throw CallError(.notFound, "no \(name)") }
        return try await body(input, CallContext(id: "1", caller: caller, operation: name, input: input))
    }

    func ask(_ operation: String, _ input: JSONValue = [:]) async throws -> JSONValue {
        try await call("provider.p/\(operation)", RawJSON(input)).value()
    }

    func expect(
        _ operation: String, _ input: JSONValue = [:], is expected: JSONValue,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await ask(operation, input)
        #expect(answer == expected, sourceLocation: location)
    }

    /// How a call fails.
    func failure(_ operation: String, _ input: JSONValue = [:]) async -> CallError? {
        do {
            _ = try await ask(operation, input)
            return nil
        } catch { return error as? CallError }
    }

    /// Writes down that a machine of a provider was rented, and has ended unless it is open.
    /// - Returns: its name.
    func rentedBefore(from provider: String, isOpen: Bool = false) async throws -> String {
        let (id, name) = ("01J0000000ABCD000000000000", "capstan-01j0000000abcd000000000000")
        try await store.write { transaction in
            try transaction.setMeta("instance.mark", to: "ABCD")
            try transaction.insertInstance(
                InstanceRecord(
                    id: id, name: name, provider: provider, state: isOpen ? "active" : "terminated", isOpen: isOpen,
                    document: "{}", request: "{}", price: 1, currency: "USD", createdBy: "", createdAt: 1))
        }
        return name
    }
}

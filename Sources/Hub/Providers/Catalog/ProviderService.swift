package import CallProtocol
package import Core
import Formats
import Glibc
package import Logging
import Mapping
import OpenAPI
package import Operations
import Synchronization

/// The imported APIs of a hub: kept, shown, and called.
package final class ProviderService: Sendable {
    private struct State {
        var providers: [String: LoadedProvider] = [:]
        /// Kept ones that cannot be read, with the reason.
        var unreadable: [String: ProviderView] = [:]
        /// Whether those that are kept have been read.
        var isLoaded = false
    }

    let shelf: ProviderShelf
    let http: ProviderHTTP
    let secrets: CredentialReader
    let logger: Logger
    private let firstPause: Duration
    /// Where a container engine of this machine may be.
    private let engines: [String]
    private let state = Mutex(State())
    /// Imports and removals, one at a time: what memory says follows what the store says.
    let changes = AsyncSlots(1)

    /// - Parameters:
    ///   - firstPause: how long a failed request waits for its second try.
    ///   - engines: the sockets where a container engine of this machine may be, the likeliest first.
    package init(
        shelf: ProviderShelf, http: ProviderHTTP, secrets: CredentialReader, logger: Logger,
        firstPause: Duration = .milliseconds(500), engines: [String] = []
    ) {
        self.firstPause = firstPause
        self.engines = engines
        self.shelf = shelf
        self.http = http
        self.secrets = secrets
        self.logger = logger
    }

    /// Reads what is kept. Until then calls of it are told to come again.
    package func load() async {
        let kept: [ProviderShelf.Kept]
        do { kept = try await shelf.all() } catch {
            return logger.error("providers not loaded", metadata: ["error": .string("\(error)")])
        }
        for one in kept {
            do {
                let source = try JSONCoding.decode(
                    ProviderSource.self, from: RawJSON(try JSONParser.parse(one.document)))
                let loaded = try LoadedProvider(source, importedBy: one.importedBy, importedAt: one.importedAt)
                // What was imported meanwhile is newer.
                state.withLock { $0.providers[one.name] = $0.providers[one.name] ?? loaded }
            } catch {
                state.withLock { state in
                    guard state.providers[one.name] == nil else { return }
                    state.unreadable[one.name] = Self.unreadable(one, error)
                }
                logger.error(
                    "provider not loaded", metadata: ["provider": .string(one.name), "error": .string("\(error)")])
            }
        }
        state.withLock { $0.isLoaded = true }
    }

    private static func unreadable(_ kept: ProviderShelf.Kept, _ error: any Error) -> ProviderView {
        var view = ProviderView(
            name: kept.name, title: "", version: "", format: "", importedBy: kept.importedBy,
            importedAt: RFC3339.string(kept.importedAt))
        view.fault = "cannot be read: \((error as? CallError)?.message ?? "\(error)"); import it again"
        return view
    }

    var views: [ProviderView] {
        let unreadable = state.withLock { Array($0.unreadable.values) }
        return (all.map(\.view) + unreadable).sorted { $0.name < $1.name }
    }

    /// Why a provider that is kept cannot be called.
    func fault(_ name: String) -> String? { state.withLock { $0.unreadable[name]?.fault } }

    var all: [LoadedProvider] { state.withLock { $0.providers.values.sorted { $0.source.name < $1.source.name } } }

    func provider(_ name: String) -> LoadedProvider? { state.withLock { $0.providers[name] } }

    func put(_ provider: LoadedProvider) {
        state.withLock { state in
            state.providers[provider.source.name] = provider
            state.unreadable[provider.source.name] = nil
        }
    }

    func take(_ name: String) {
        state.withLock { state in
            state.providers[name] = nil
            state.unreadable[name] = nil
        }
    }

    /// - Throws: `UNAVAILABLE` until all that is kept has been read.
    func requireLoaded() throws(CallError) {
        guard state.withLock({ $0.isLoaded }) else {
            throw CallError(.unavailable, "the hub is still reading its providers; call again in a moment")
        }
    }

    /// The server of what comes with Capstan for an engine: where one is, else where it would be. It is kept with what was
    /// imported: another engine that comes later has none of what was rented.
    func engine(for source: ProviderSource) throws(CallError) -> String? {
        guard let shipped = try LoadedProvider.named(source.root), shipped.server.hasPrefix(Self.socket) else {
            return nil
        }
        return engines.first { access($0, R_OK | W_OK) == 0 }.map { Self.socket + $0 } ?? shipped.server
    }

    private static let socket = "unix://"

    func caller(_ provider: LoadedProvider) -> ProviderCaller {
        ProviderCaller(
            provider: provider.source.name, mapping: provider.mapping,
            binding: CredentialBinding(schemes: provider.document.schemes, origins: provider.origins),
            sources: provider.sources, allowsPrivate: provider.allowsPrivate, gate: provider.gate, http: http,
            secrets: secrets, logger: logger, firstPause: firstPause)
    }
}

extension ProviderService: OperationSource {
    /// Internal ones are known to those alone who may import, others to those who may know which providers there are.
    private static func mayKnow(_ operation: ProviderOperation, _ caller: Caller) -> Bool {
        caller.may(ProviderOperations.importDocument.descriptor.access)
            || operation.isExternal && caller.may(ProviderOperations.list.descriptor.access)
    }

    private func find(_ name: String) -> (LoadedProvider, ProviderOperation)? {
        guard name.hasPrefix(ProviderOperations.prefix) else { return nil }
        let parts = name.dropFirst(ProviderOperations.prefix.count).split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let provider = provider(String(parts[0])),
            let operation = provider.operations[String(parts[1])]
        else { return nil }
        return (provider, operation)
    }

    /// What is missing now may be there in a moment, or be kept and not understood.
    private func requireReadable(_ name: String, for caller: Caller) throws(CallError) {
        try requireLoaded()
        let provider = name.dropFirst(ProviderOperations.prefix.count).prefix { $0 != "/" }
        guard caller.may(ProviderOperations.list.descriptor.access), let fault = fault(String(provider)) else { return }
        throw CallError(.failedPrecondition, "\(provider) \(fault)")
    }

    package func entry(_ name: String, for caller: Caller) throws(CallError) -> OperationEntry? {
        guard name.hasPrefix(ProviderOperations.prefix) else { return nil }
        guard let (provider, operation) = find(name) else {
            try requireReadable(name, for: caller)
            return nil
        }
        guard Self.mayKnow(operation, caller) else { return nil }
        let calling = self.caller(provider)
        let handler: OperationEntry.Handler =
            if let form = operation.operation.stream {
                .subscription { input, _, sink in try await calling.stream(operation, try Self.value(input), form, sink)
                }
            } else {
                .unary { input, _ in RawJSON(try await calling.call(operation, try Self.value(input))) }
            }
        return OperationEntry(descriptor: operation.descriptor(), handler: handler)
    }

    private static func value(_ input: RawJSON) throws(CallError) -> JSONValue {
        do throws(JSONParseError) { return try input.value() } catch {
            throw CallError(.invalidInput, "the input is not JSON: \(error)")
        }
    }

    /// Of those that are not internal.
    package var descriptors: [OperationDescriptor] {
        all.flatMap { provider in
            provider.operations.values.filter(\.isExternal).map { $0.descriptor() }.sorted { $0.name < $1.name }
        }
    }

    package func descriptor(_ name: String, for caller: Caller) throws(CallError) -> OperationDescriptor? {
        guard name.hasPrefix(ProviderOperations.prefix) else { return nil }
        guard let (provider, operation) = find(name) else {
            try requireReadable(name, for: caller)
            return nil
        }
        guard Self.mayKnow(operation, caller) else { return nil }
        return operation.descriptor(with: provider.document)
    }
}

import CallProtocol
import Core
import Formats
import OpenAPI
package import Operations

extension ProviderService {
    package var entries: [OperationEntry] {
        [
            ProviderOperations.importDocument.handled { try await self.importDocument($0, $1) },
            ProviderOperations.list.handled { _, _ in
                try self.requireLoaded()
                return ProviderList(providers: self.views)
            },
            ProviderOperations.show.handled { input, _ in try self.known(input.name).shown(survey: true) },
            ProviderOperations.offers.handled { input, _ in try await self.offers(input) },
            ProviderOperations.remove.handled { input, _ in
                try self.requireLoaded()
                // Meanwhile it is not imported anew, with another account behind it.
                await self.changes.take()
                defer { self.changes.give() }
                if input.force != true { try await self.requireNothingLeft(at: input.name) }
                guard try await self.shelf.remove(input.name) else { throw Self.unknown(input.name) }
                self.take(input.name)
                return Empty()
            },
        ]
    }

    func known(_ name: String) throws(CallError) -> LoadedProvider {
        try requireLoaded()
        guard let provider = provider(name) else {
            if let fault = fault(name) { throw CallError(.failedPrecondition, "\(name) \(fault)") }
            throw Self.unknown(name)
        }
        return provider
    }

    private static func unknown(_ name: String) -> CallError {
        CallError(.notFound, "there is no provider `\(name)`; `capstan provider list` shows what there is")
    }

    private func importDocument(_ input: ProviderImportInput, _ context: CallContext) async throws -> ProviderImported {
        try requireLoaded()
        await changes.take()
        defer { changes.give() }
        let before = provider(input.name)
        var source = ProviderSource(input)
        source.server = try source.server ?? engine(for: source)
        let loaded = try LoadedProvider(source, importedBy: context.caller.peer, importedAt: RFC3339.now())
        let diff = before.map { before in
            let diff = DocumentDiff(from: before.document, to: loaded.document)
            return ProviderDiff(
                added: diff.added, removed: diff.removed,
                changed: diff.changed.map { ProviderChange(name: $0.name, details: $0.details) })
        }
        let applies = input.dryRun != true
        if applies, input.replace != true, let diff, diff != ProviderDiff(added: [], removed: [], changed: []) {
            throw CallError(
                .conflict, "\(input.name) is there already and would change", details: try JSONCoding.value(of: diff))
        }
        if applies {
            try await requireSameAccount(before, loaded)
            try await shelf.keep(
                .init(
                    name: input.name, document: try JSONCoding.encode(source).description,
                    importedBy: loaded.importedBy, importedAt: loaded.importedAt))
            put(loaded)
        }
        return ProviderImported(
            shown: loaded.shown(survey: true), excluded: loaded.excluded, diff: diff, applied: applies)
    }
}

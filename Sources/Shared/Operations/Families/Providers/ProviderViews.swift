/// An imported API, in a list.
package struct ProviderView: Described, Hashable {
    package var name: String
    package var title: String
    /// The API's own version.
    package var version: String
    /// The edition of the format: `OpenAPI 3.1`.
    package var format: String
    /// Nil where its operations have none in common.
    package var server: String?
    /// How many operations there are, and of them: that change nothing, that may, that go on and on, that cannot be called,
    /// that are not internal.
    package var operations: Int
    package var queries: Int
    package var mutations: Int
    package var subscriptions: Int
    package var faulty: Int
    package var external: Int
    /// Where secrets are found; never what they are.
    package var credentials: [String]
    /// How it is called: `builtin:NAME` for what comes with Capstan, `own` for what was given, nil for neither.
    package var mapping: String?
    /// Whether machines can be rented there.
    package var rents = false
    package var importedBy: String
    package var importedAt: String
    /// Why it cannot be read any more; nothing of it can be called then.
    package var fault: String?

    package init(name: String, title: String, version: String, format: String, importedBy: String, importedAt: String) {
        (self.name, self.title, self.version, self.format) = (name, title, version, format)
        (self.importedBy, self.importedAt) = (importedBy, importedAt)
        (operations, queries, mutations, subscriptions, faulty, external) = (0, 0, 0, 0, 0, 0)
        credentials = []
    }

    package static let schema = JSONSchema.object(
        [
            "name": .string, "title": .string, "version": .string, "format": .string, "server": .string,
            "operations": .integer, "queries": .integer, "mutations": .integer, "subscriptions": .integer,
            "faulty": .integer, "external": .integer, "credentials": .array(of: .string), "importedBy": .string,
            "importedAt": .string(format: "date-time"), "fault": .string, "mapping": .string, "rents": .boolean,
        ],
        required: [
            "name", "title", "version", "format", "operations", "queries", "mutations", "subscriptions", "faulty",
            "external", "credentials", "rents", "importedBy", "importedAt",
        ])
}

package struct ProviderList: Described, Hashable {
    package var providers: [ProviderView]

    package init(providers: [ProviderView]) { self.providers = providers }

    package static let schema = JSONSchema.object(
        ["providers": .array(of: ProviderView.schema)], required: ["providers"])
}

package struct ProviderShown: Described, Hashable {
    package var provider: ProviderView
    package var operations: [ProviderOperationRow]
    package var defects: [ProviderDefect]

    package init(provider: ProviderView, operations: [ProviderOperationRow], defects: [ProviderDefect]) {
        self.provider = provider
        self.operations = operations
        self.defects = defects
    }

    package static let schema = JSONSchema.object(
        [
            "provider": ProviderView.schema, "operations": .array(of: ProviderOperationRow.schema),
            "defects": .array(of: ProviderDefect.schema),
        ], required: ["provider", "operations", "defects"])
}

package struct ProviderImported: Described, Hashable {
    package var provider: ProviderView
    package var operations: [ProviderOperationRow]
    package var defects: [ProviderDefect]
    /// Operations of the document that `exclude` left out.
    package var excluded: [String]
    /// What is different from what was there before; nil where there was nothing.
    package var diff: ProviderDiff?
    /// Whether it is so now.
    package var applied: Bool

    package init(shown: ProviderShown, excluded: [String], diff: ProviderDiff?, applied: Bool) {
        (provider, operations, defects) = (shown.provider, shown.operations, shown.defects)
        (self.excluded, self.diff, self.applied) = (excluded, diff, applied)
    }

    package static let schema = JSONSchema.object(
        [
            "provider": ProviderView.schema, "operations": .array(of: ProviderOperationRow.schema),
            "defects": .array(of: ProviderDefect.schema), "excluded": .array(of: .string), "diff": ProviderDiff.schema,
            "applied": .boolean,
        ], required: ["provider", "operations", "defects", "excluded", "applied"])
}

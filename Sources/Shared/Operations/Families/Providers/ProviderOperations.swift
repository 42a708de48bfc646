import CallProtocol

/// Companies' APIs, imported from their documents: each of their operations is one here, `provider.NAME/OPERATION`.
package enum ProviderOperations {
    package static let importDocument = Operation<ProviderImportInput, ProviderImported>(
        "provider/import", .mutation, subject: .input("name"), inputLimit: ProviderImportInput.longest,
        deadlineMs: 120_000,
        summary: "Read an API's document and make its operations callable",
        description: """
            What is wrong with the document is told, and all of it that can be called is. A provider of that name \
            that would change is replaced with replace only. With dryRun nothing is changed: the answer says what would be.
            """,
        examples: [
            OperationExample(
                "One operation, with a key from the hub's environment",
                [
                    "name": "pets", "root": "pets.yaml",
                    "files": [
                        [
                            "path": "pets.yaml",
                            "text":
                                "openapi: 3.1.0\nservers: [{url: https://pets.example}]\npaths: {/pets: {get: {operationId: listPets}}}",
                        ]
                    ],
                    "credentials": ["env:PETS_KEY"],
                ])
        ])

    package static let list = Operation<Empty, ProviderList>(
        "provider/list", .query, summary: "The imported APIs, by name")

    package static let show = Operation<ProviderRef, ProviderShown>(
        "provider/show", .query, summary: "One imported API: its operations, and what is wrong with its document")

    package static let offers = Operation<ProviderOffersInput, ProviderOffers>(
        "provider/offers", .query, deadlineMs: 120_000,
        summary: "What machines the providers rent out that fit, the cheapest first",
        description: """
            Asks the providers now. One that does not answer, or not as its mapping says, is told with its own words; \
            the others count.
            """)

    package static let remove = Operation<ProviderRemoveInput, Empty>(
        "provider/remove", .mutation, subject: .input("name"),
        summary: "Forget an imported API; nothing is called there any more",
        description: """
            Not while machines are rented from it, nor while it lists something that this hub has made: nobody would end that \
            any more.
            """)

    /// What it takes to call an operation that changes nothing, and one that may.
    package static let queryRule = AccessRule(scope: "provider:query")
    package static let mutationRule = AccessRule(scope: "provider:mutate")

    static let callRules = [queryRule, mutationRule]

    /// What the operations of an imported API begin with: `provider.NAME/`.
    package static let prefix = "provider."
}

extension OperationDescriptor {
    /// An operation of an imported API.
    package init(
        name: String, kind: OperationKind, inputLimit: Int, defaultDeadlineMs: Int64?, summary: String,
        description: String, input: JSONSchema, output: JSONSchema
    ) {
        self.init(
            name: name, kind: kind, visibility: .external, carriage: .json,
            access: kind == .mutation ? ProviderOperations.mutationRule : ProviderOperations.queryRule, subject: nil,
            isRelay: false, inputLimit: inputLimit, defaultDeadlineMs: defaultDeadlineMs, summary: summary,
            description: description, input: input, output: output, errors: [], examples: [])
    }
}

package struct ProviderRef: Described, Hashable {
    package var name: String

    package init(name: String) { self.name = name }

    package static let schema = JSONSchema.object(["name": .providerName], required: ["name"])
}

package struct ProviderRemoveInput: Described, Hashable {
    package var name: String
    /// Though it cannot be seen whether it has something of this hub's, or has.
    package var force: Bool?

    package init(name: String, force: Bool? = nil) { (self.name, self.force) = (name, force) }

    package static let schema = JSONSchema.object(
        [
            "name": .providerName,
            "force": .boolean.describe("Also when it lists something that this hub has made, or cannot be asked"),
        ], required: ["name"])
}

extension JSONSchema {
    static var providerName: JSONSchema {
        .string(minLength: 1, maxLength: 32, pattern: "^[a-z0-9][a-z0-9-]*$").describe(
            "Lower case letters, digits and -")
    }
}

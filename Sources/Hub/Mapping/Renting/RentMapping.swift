import CallProtocol

/// How machines are rented at a provider: which of its operations does what, and what its answers mean.
package struct RentMapping: Sendable, Hashable {
    /// What prices are in.
    package let currency: String
    /// Whether an answer is one: some providers say in a 200 that it failed.
    let success: Expression?
    /// The provider's own words in an answer that is none.
    let message: Expression?
    let errors: [ErrorRule]
    package let offers: [OfferListing]
    package let create: MappedCall
    /// Made ahead of it, in this order; they make nothing that costs, and what fails there does not end it.
    package let before: [MappedCall]
    /// Made after it, in this order; without them what was made is none.
    package let then: [MappedCall]
    /// The instance's id in a create's answer.
    let created: Expression
    package let get: MappedCall
    /// The instance in a get's answer.
    let got: Expression
    /// Whether a get's answer says that there is none; else only a 404 does.
    let gone: Expression?
    package let list: MappedCall
    /// All instances of the account in a list's answer.
    let listed: Expression
    /// How many there are, where the answer says it.
    let total: Expression?
    package let terminate: MappedCall
    let instance: InstanceReading
    package let bootstrap: BootstrapMapping

    private static let call: Set<String> = ["id", "name"]
    private static let order: Set<String> = ["name", "offer", "image", "disk", "env", "command", "script"]

    /// - Throws: `INVALID_INPUT` that names the key and the reason.
    init(_ fields: inout MappingFields) throws(CallError) {
        currency = try fields.text("currency") ?? "USD"
        success = try fields.expression("success", names: ["answer"])
        message = try fields.expression("message", names: ["answer", "status"])
        var rules: [ErrorRule] = []
        for var rule in try fields.list("errors") { rules.append(try ErrorRule(&rule)) }
        errors = rules
        var listings: [OfferListing] = []
        for var listing in try fields.list("offers") { listings.append(try OfferListing(&listing)) }
        offers = listings
        var create = try fields.need("create", try fields.object("create"))
        self.create = try MappedCall(&create, names: Self.order)
        before = try Self.calls("before", &create, names: Self.order)
        then = try Self.calls("then", &create, names: Self.order.union(["id"]))
        created = try create.need("id", try create.expression("id", names: ["answer"]))
        guard self.create.uses("name") else {
            throw MappingFields.wrong(
                "mapping.rent.create.input", "has no ${name}: what is made could not be found again")
        }
        for (place, call) in Self.placed("create", self.create, before, then) {
            for kept in call.members(of: ["offer", "keep"]).sorted()
            where !listings.contains(where: { $0.keeps.contains(kept) }) {
                throw MappingFields.wrong("mapping.rent.\(place).input", "no offer keeps `\(kept)`")
            }
        }
        try create.finish()
        var get = try fields.need("get", try fields.object("get"))
        self.get = try MappedCall(&get, names: Self.call)
        got = try get.expression("item", names: ["answer"]) ?? .answer
        gone = try get.expression("gone", names: ["answer"])
        try get.finish()
        var list = try fields.need("list", try fields.object("list"))
        self.list = try MappedCall(&list, names: [])
        listed = try list.expression("items", names: ["answer"]) ?? .answer
        total = try list.expression("total", names: ["answer"])
        try list.finish()
        var terminate = try fields.need("terminate", try fields.object("terminate"))
        self.terminate = try MappedCall(&terminate, names: Self.call)
        try terminate.finish()
        var instance = try fields.need("instance", try fields.object("instance"))
        self.instance = try InstanceReading(&instance)
        var bootstrap = try fields.need("bootstrap", try fields.object("bootstrap"))
        self.bootstrap = try BootstrapMapping(&bootstrap)
        try fields.finish()
        guard !offers.isEmpty else { throw CallError(.invalidInput, "mapping.rent.offers: is required and missing") }
    }

    private static func calls(
        _ key: String, _ fields: inout MappingFields, names: Set<String>
    ) throws(CallError) -> [MappedCall] {
        var calls: [MappedCall] = []
        for var call in try fields.list(key) {
            calls.append(try MappedCall(&call, names: names))
            try call.finish()
        }
        return calls
    }

    /// All that a create consists of, with the place of each.
    private static func placed(
        _ place: String, _ create: MappedCall, _ before: [MappedCall], _ then: [MappedCall]
    ) -> [(place: String, call: MappedCall)] {
        [(place, create)] + before.enumerated().map { ("\(place).before[\($0.offset)]", $0.element) }
            + then.enumerated().map { ("\(place).then[\($0.offset)]", $0.element) }
    }

    /// The operations that it calls, by name, with the place in the mapping.
    package var operations: [(place: String, name: String)] {
        let calls =
            offers.enumerated().map { ("rent.offers[\($0.offset)]", $0.element.call) }
            + Self.placed("rent.create", create, before, then)
            + [("rent.get", get), ("rent.list", list), ("rent.terminate", terminate)]
        return calls.map { ($0.0, $0.1.operation) }
    }
}

/// How a rented machine knows which one it is, and ends itself.
package struct BootstrapMapping: Sendable, Hashable {
    /// The variable that has the instance's id, inside.
    package let id: String?
    /// What the machine asks of the provider to give itself back without the hub; nil where it can but end.
    package let release: Release?
    /// Characters that the script may have.
    package let scriptLimit: Int

    /// A request, where `$NAME` stands for the variable of that name inside.
    package struct Release: Sendable, Hashable {
        package let method: String
        package let url: String
        package let headers: [String: String]

        init(_ fields: inout MappingFields) throws(CallError) {
            method = try fields.need("method", try fields.text("method"))
            url = try fields.need("url", try fields.text("url"))
            headers = Dictionary(try fields.pairs("headers"), uniquingKeysWith: { first, _ in first })
            try fields.finish()
            guard url.hasPrefix("https://") || url.hasPrefix("/") else {
                throw MappingFields.wrong(
                    "mapping.rent.bootstrap.release.url",
                    "must begin with https://, or with / for a path of the API's own server")
            }
        }
    }

    init(_ fields: inout MappingFields) throws(CallError) {
        id = try fields.text("id")
        if var release = try fields.object("release") { self.release = try Release(&release) } else { release = nil }
        scriptLimit = try fields.integer("scriptLimit", in: 256...1_048_576) ?? 1_048_576
        try fields.finish()
    }
}

extension Expression {
    /// The answer itself.
    static let answer = Expression(name: "answer")
}

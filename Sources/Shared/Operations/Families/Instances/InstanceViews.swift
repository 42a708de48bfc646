import CallProtocol

/// A machine in a provider's account.
package struct InstanceView: Described, Hashable {
    /// A ULID; of what this hub has not rented, the provider's own id.
    package var id: String
    package var name: String
    package var provider: String
    /// `intended`, `creating`, `booting`, `enrolled`, `active`, `draining`, `terminating` or `terminated`; `orphan` for one of
    /// this hub's names that it knows nothing of, and that it will end; `foreign` for somebody else's.
    package var state: String
    /// Why it ends, what is waited for, or what its provider said.
    package var reason: String?
    /// For an hour.
    package var price: Double
    package var currency: String
    /// What it has cost until now, or until its end.
    package var cost: Double?
    /// What its provider calls it.
    package var providerId: String?
    /// The node that it has become.
    package var node: String?
    package var nodeId: String?
    package var gpus: Int?
    package var gpuModel: String?
    package var region: String?
    package var image: String?
    /// The one that was rented in its place.
    package var successor: String?
    package var createdBy: String?
    package var createdAt: String?
    package var endedAt: String?
    /// When it came to each state.
    package var times: [String: String]?
    /// The way to its first program, in order; left out in lists, and for what nobody here has wished for.
    package var timeline: [RentStep]?

    package init(id: String, name: String, provider: String, state: String, price: Double, currency: String) {
        (self.id, self.name, self.provider, self.state) = (id, name, provider, state)
        (self.price, self.currency) = (price, currency)
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string, "name": .string, "provider": .string, "state": .string, "reason": .string,
            "price": .number, "currency": .string, "cost": .number, "providerId": .string, "node": .string,
            "nodeId": .string, "gpus": .integer, "gpuModel": .string, "region": .string, "image": .string,
            "successor": .string, "createdBy": .string, "createdAt": .timestamp, "endedAt": .timestamp,
            "times": .map(of: .timestamp), "timeline": .array(of: RentStep.schema),
        ], required: ["id", "name", "provider", "state", "price", "currency"])
}

/// A machine that was rented for a workload, as that shows it.
package struct RentView: Described, Hashable {
    package var instance: String
    package var name: String
    package var provider: String
    package var state: String
    /// For an hour.
    package var price: Double
    package var currency: String
    /// What it has cost until now, or until its end.
    package var cost: Double
    /// Why it ended, or is going to.
    package var reason: String?
    /// The way to its first program, in order.
    package var timeline: [RentStep]?

    package init(
        instance: String, name: String, provider: String, state: String, price: Double, currency: String,
        cost: Double, reason: String?, timeline: [RentStep]? = nil
    ) {
        (self.instance, self.name, self.provider, self.state) = (instance, name, provider, state)
        (self.price, self.currency, self.cost, self.reason) = (price, currency, cost, reason)
        self.timeline = timeline
    }

    package static let schema = JSONSchema.object(
        [
            "instance": .string, "name": .string, "provider": .string, "state": .string, "price": .number,
            "currency": .string, "cost": .number, "reason": .string, "timeline": .array(of: RentStep.schema),
        ], required: ["instance", "name", "provider", "state", "price", "currency", "cost"])
}

/// What a provider's account was found to hold.
package struct InstanceAccount: Described, Hashable {
    package var provider: String
    /// When the last listing began that was believed.
    package var listedAt: String?
    /// Why nothing is rented there, and nothing concluded; left out where all is well.
    package var doubt: String?
    package var doubtSince: String?
    /// Whether the doubt is that nothing is listed: then an operator may say that it is so.
    package var seemsEmpty: Bool?

    package init(provider: String) { self.provider = provider }

    package static let schema = JSONSchema.object(
        [
            "provider": .string, "listedAt": .timestamp, "doubt": .string, "doubtSince": .timestamp,
            "seemsEmpty": .boolean,
        ],
        required: ["provider"])
}

/// An amount in a currency.
package struct MoneyView: Described, Hashable {
    package var amount: Double
    package var currency: String

    package init(amount: Double, currency: String) { (self.amount, self.currency) = (amount, currency) }

    package static let schema = JSONSchema.object(
        ["amount": .number, "currency": .string], required: ["amount", "currency"])
}

package struct InstanceList: Described, Hashable {
    package var instances: [InstanceView]
    /// What else is in the accounts: orphans, and others' instances.
    package var others: [InstanceView]
    package var accounts: [InstanceAccount]
    /// What burns in an hour.
    package var burn: [MoneyView]
    /// What would be lost at worst if the hub were gone now.
    package var worstLeak: [MoneyView]
    package var cursor: String?

    package init(
        instances: [InstanceView], others: [InstanceView], accounts: [InstanceAccount], burn: [MoneyView],
        worstLeak: [MoneyView], cursor: String?
    ) {
        (self.instances, self.others, self.accounts) = (instances, others, accounts)
        (self.burn, self.worstLeak, self.cursor) = (burn, worstLeak, cursor)
    }

    package static let schema = JSONSchema.object(
        [
            "instances": .array(of: InstanceView.schema), "others": .array(of: InstanceView.schema),
            "accounts": .array(of: InstanceAccount.schema), "burn": .array(of: MoneyView.schema),
            "worstLeak": .array(of: MoneyView.schema), "cursor": .string,
        ], required: ["instances", "others", "accounts", "burn", "worstLeak"])
}

package struct InstanceReconciled: Described, Hashable {
    package var accounts: [InstanceAccount]

    package init(accounts: [InstanceAccount]) { self.accounts = accounts }

    package static let schema = JSONSchema.object(
        ["accounts": .array(of: InstanceAccount.schema)], required: ["accounts"])
}

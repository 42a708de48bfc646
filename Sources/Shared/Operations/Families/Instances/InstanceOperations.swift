import CallProtocol

/// Machines that are rented.
package enum InstanceOperations {
    package static let list = Operation<InstanceListInput, InstanceList>(
        "instance/list", .query,
        summary: "The rented machines, newest first, with what they cost, and what else is in the accounts")

    package static let show = Operation<InstanceRef, InstanceView>(
        "instance/show", .query, summary: "One rented machine, with its time line")

    package static let rent = Operation<InstanceRentInput, InstanceView>(
        "instance/rent", .mutation, subject: .output("id"), deadlineMs: 60_000,
        summary: "Rent the cheapest machine that fits; it becomes a node by itself",
        description: """
            Answers when the wish is written down and what it may cost is held back. Where an offer turns out not to be had, \
            or its machine does not come, the next cheapest is taken.
            """,
        errors: [
            DeclaredError(.resourceExhausted, "A budget does not allow it, or all that fits is being rented just now")
        ],
        examples: [
            OperationExample("An RTX 4090 for half a dollar at most", ["gpus": 1, "gpuModel": "4090", "maxPrice": 0.5])
        ])

    package static let release = Operation<InstanceReleaseInput, InstanceView>(
        "instance/release", .mutation, subject: .input("instance"),
        summary: "Give a rented machine back when its work has ended",
        description: "With force its work is not waited for; workloads on it are tried again elsewhere.")

    package static let reconcile = Operation<InstanceReconcileInput, InstanceReconciled>(
        "instance/reconcile", .mutation, subject: .input("provider"), deadlineMs: 120_000,
        summary: "Ask the providers now what is there, and act on it",
        description: """
            An account in which suddenly nothing is left is not believed, and nothing is rented there meanwhile. \
            confirmEmpty says that it is so.
            """)
}

package struct InstanceRef: Described, Hashable {
    /// Its id, the beginning or the end of it, or its name.
    package var instance: String

    package init(instance: String) { self.instance = instance }

    package static let schema = JSONSchema.object(["instance": .instance], required: ["instance"])
}

package struct InstanceListInput: Described, Hashable {
    /// Those too that have ended.
    package var all: Bool?
    package var cursor: String?
    package var limit: Int?

    package init() {}

    package static let schema = JSONSchema.object([
        "all": .boolean.describe("Those too that have ended"), "cursor": .string(minLength: 1, maxLength: 64),
        "limit": .integer(minimum: 1, maximum: 10_000),
    ])
}

package struct InstanceReleaseInput: Described, Hashable {
    package var instance: String
    /// Its work is not waited for.
    package var force: Bool?

    package init(instance: String, force: Bool? = nil) { (self.instance, self.force) = (instance, force) }

    package static let schema = JSONSchema.object(
        ["instance": .instance, "force": .boolean.describe("Its work is not waited for")], required: ["instance"])
}

package struct InstanceReconcileInput: Described, Hashable {
    /// Only this one.
    package var provider: String?
    /// Whether it is true that nothing is there.
    package var confirmEmpty: Bool?

    package init() {}

    package static let schema = JSONSchema.object([
        "provider": .providerName,
        "confirmEmpty": .boolean.describe("Whether it is true that nothing is there; with a provider only"),
    ])
}

extension JSONSchema {
    static var instance: JSONSchema {
        .string(minLength: 1, maxLength: 128).describe("Its id, the beginning or the end of it, or its name")
    }
}

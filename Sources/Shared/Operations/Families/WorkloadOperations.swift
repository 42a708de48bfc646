import CallProtocol

/// Things to run, as the operator sees them.
package enum WorkloadOperations {
    package static let submit = Operation<WorkloadSpec, WorkloadView>(
        "workload/submit", .mutation, subject: .output("id"),
        summary: "Accept a workload; the answer comes when it is durable",
        description: "The answer holds the names of the program's variables and not their values.",
        examples: [
            OperationExample(
                "Two processors, any node with a GPU", ["cmd": ["train.sh"], "cpus": 2, "labels": ["gpu=true"]])
        ])

    package static let list = Operation<WorkloadListInput, WorkloadList>(
        "workload/list", .query, summary: "Workloads, newest first; without the variables of their programs",
        description: "A page ends early where its workloads are large; `cursor` says that there are more.")

    package static let show = Operation<WorkloadRef, WorkloadView>(
        "workload/show", .query, resource: .init(AccessRule.Resource.workload, at: "workload"),
        summary: "One workload, by id, unique prefix or name",
        description:
            "The values of the program's variables are for its owner, and for those who may submit workloads to its node; "
            + "others see the names.")

    package static let watch = Operation<WorkloadRef, WorkloadView>(
        "workload/watch", .subscription, resource: .init(AccessRule.Resource.workload, at: "workload"),
        summary: "The workload now and after each change, until it is terminal")

    package static let logs = Operation<WorkloadLogsInput, LogPiece>(
        "workload/logs", .subscription, resource: .init(AccessRule.Resource.workload, at: "workload"),
        summary: "The output of the latest attempt, from an offset, live if asked for")

    package static let cancel = Operation<WorkloadRef, WorkloadView>(
        "workload/cancel", .mutation, resource: .init(AccessRule.Resource.workload, at: "workload"),
        summary: "Wish the end of a workload; it takes effect when its node confirms")

    package static let receipt = Operation<WorkloadReceiptInput, ReceiptView>(
        "workload/receipt", .query, resource: .init(AccessRule.Resource.workload, at: "workload"),
        summary: "The signed result of an attempt, and the keys to verify it with")
}

package struct WorkloadRef: Described, Hashable {
    package var workload: String

    package init(workload: String) {
        self.workload = workload
    }

    package static let schema = JSONSchema.object(
        ["workload": .string(minLength: 1, maxLength: 63).describe("Id, unique prefix, or name")],
        required: ["workload"])
}

package struct WorkloadListInput: Described, Hashable {
    package var states: [String]?
    package var node: String?
    package var limit: Int?
    package var cursor: String?

    package init(states: [String]? = nil, node: String? = nil, limit: Int? = nil, cursor: String? = nil) {
        self.states = states
        self.node = node
        self.limit = limit
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        [
            "states": .array(of: .string(), maxItems: 16), "node": .string(),
            "limit": .integer(minimum: 1, maximum: 1000), "cursor": .string(),
        ], required: [])
}

package struct WorkloadList: Described, Hashable {
    package var workloads: [WorkloadView]
    /// To be passed for the next page; left out on the last one.
    package var cursor: String?

    package init(workloads: [WorkloadView], cursor: String?) {
        self.workloads = workloads
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        ["workloads": .array(of: WorkloadView.schema), "cursor": .string()], required: ["workloads"])
}

package struct WorkloadLogsInput: Described, Hashable {
    package var workload: String
    /// The latest when left out.
    package var attempt: Int?
    package var offset: Int64?
    package var follow: Bool?

    package init(workload: String, attempt: Int? = nil, offset: Int64? = nil, follow: Bool? = nil) {
        self.workload = workload
        self.attempt = attempt
        self.offset = offset
        self.follow = follow
    }

    package static let schema = JSONSchema.object(
        [
            "workload": .string(minLength: 1, maxLength: 63), "attempt": .integer(minimum: 1),
            "offset": .integer(minimum: 0, maximum: LogPiece.largestOffset), "follow": .boolean,
        ], required: ["workload"])
}

package struct WorkloadReceiptInput: Described, Hashable {
    package var workload: String
    package var attempt: Int?

    package init(workload: String, attempt: Int? = nil) {
        self.workload = workload
        self.attempt = attempt
    }

    package static let schema = JSONSchema.object(
        ["workload": .string(minLength: 1, maxLength: 63), "attempt": .integer(minimum: 1)], required: ["workload"])
}

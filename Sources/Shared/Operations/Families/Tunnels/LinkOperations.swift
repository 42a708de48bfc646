/// What a hub asks of a spoke about the links between them.
package enum LinkOperations {
    package static let open = Operation<LinkOpenInput, Empty>(
        "link/open", .mutation,
        summary:
            "Dial the hub again, for links that carry only the bytes of tunnels: slots 0 to one less than asked for",
        description: "Answered when the hub has accepted them. Those that stand are left as they are.")
}

package struct LinkOpenInput: Described, Hashable {
    /// How many a spoke has, at most.
    package static let most = 4

    package var slots: Int

    package init(slots: Int) { self.slots = slots }

    package static let schema = JSONSchema.object(
        ["slots": .integer(minimum: 1, maximum: Int64(most))], required: ["slots"])
}

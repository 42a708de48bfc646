package import CallProtocol

/// What is rented: everything that a create is made of.
package struct RentOrder: Sendable, Hashable {
    /// Unique: what it is found again by.
    package var name: String
    package var offer: Offer
    package var image: String
    /// Bytes.
    package var disk: Int64
    package var env: [String: String]
    /// The words that begin it, for a provider that takes a command.
    package var command: [String]
    /// The same as a shell's script, for one that takes that.
    package var script: String

    package init(
        name: String, offer: Offer, image: String, disk: Int64, env: [String: String], command: [String], script: String
    ) {
        (self.name, self.offer, self.image, self.disk) = (name, offer, image, disk)
        (self.env, self.command, self.script) = (env, command, script)
    }

    /// As expressions see it.
    package var names: [String: JSONValue] {
        [
            "name": .string(name), "offer": offer.json, "image": .string(image), "disk": .integer(disk),
            "env": .object(JSONObject(env.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "command": .array(command.map { .string($0) }), "script": .string(script),
        ]
    }
}

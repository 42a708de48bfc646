/// Parts of ``HostStatus``.
extension HostStatus {
    /// What went through a network interface since it came up.
    package struct Interface: Codable, Sendable, Hashable {
        package var name: String
        package var received: Int64
        package var sent: Int64

        package init(name: String, received: Int64, sent: Int64) {
            self.name = name
            self.received = received
            self.sent = sent
        }

        static let schema = JSONSchema.object(
            ["name": .string(), "received": .bytes, "sent": .bytes], required: ["name", "received", "sent"])
    }

    /// The container engine of the machine.
    package struct Engine: Codable, Sendable, Hashable {
        package enum State: String, Codable, Sendable, CaseIterable {
            case ready
            /// It was there and does not answer.
            case away
        }

        /// `docker`, `podman` or `other`.
        package var product: String
        package var version: String
        package var state: State
        package var rootless: Bool

        package init(product: String, version: String, state: State, rootless: Bool) {
            self.product = product
            self.version = version
            self.state = state
            self.rootless = rootless
        }

        static let schema = JSONSchema.object(
            [
                "product": .string(), "version": .string(), "state": .enumeration(State.self), "rootless": .boolean,
            ], required: ["product", "version", "state", "rootless"])
    }

    /// How busy a GPU is; what its tool does not tell is left out.
    package struct GPUUse: Codable, Sendable, Hashable {
        package var model: String
        /// 0 to 100.
        package var percent: Int?
        package var memoryUsed: Int64?
        package var memoryTotal: Int64?

        package init(model: String, percent: Int? = nil, memoryUsed: Int64? = nil, memoryTotal: Int64? = nil) {
            self.model = model
            self.percent = percent
            self.memoryUsed = memoryUsed
            self.memoryTotal = memoryTotal
        }

        static let schema = JSONSchema.object(
            [
                "model": .string(), "percent": .integer(minimum: 0, maximum: 100), "memoryUsed": .bytes,
                "memoryTotal": .bytes,
            ], required: ["model"])
    }
}

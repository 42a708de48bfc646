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

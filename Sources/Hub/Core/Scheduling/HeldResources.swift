import CallProtocol
import NIOCore
import Operations

/// What an attempt holds on its node, as it is stored.
struct HeldResources: Codable, Sendable {
    var milliCPU = 0
    var memory: Int64 = 0
    var gpus = 0

    /// More processors than any machine has, and few enough to be added up.
    private static let mostCPUs = 1e9

    /// What a specification asks for. One that was stored may ask for any number.
    init(_ spec: WorkloadSpec?) {
        milliCPU = Int(min(max(spec?.cpus ?? 0, 0), Self.mostCPUs) * 1_000)
        memory = spec?.memory ?? 0
        gpus = spec?.gpus ?? 0
    }

    init(text: String) {
        if let held = try? JSONCoding.decode(HeldResources.self, from: .init(string: text)) { self = held }
    }

    var text: String { (try? JSONCoding.encode(self).description) ?? "{}" }

    var placement: Placement.Resources { Placement.Resources(milliCPU: milliCPU, memoryBytes: memory, gpus: gpus) }
}

extension HeldResources {
    private enum CodingKeys: String, CodingKey {
        case milliCPU, memory, gpus
    }

    /// What was stored by an older release has no GPUs.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        milliCPU = try values.decode(Int.self, forKey: .milliCPU)
        memory = try values.decode(Int64.self, forKey: .memory)
        gpus = try values.decodeIfPresent(Int.self, forKey: .gpus) ?? 0
    }
}

extension Placement.Resources {
    /// All that a node says it has; it may say any number.
    init(_ facts: HostFacts?) {
        let (milliCPU, overflow) = max(0, facts?.cpus ?? 0).multipliedReportingOverflow(by: 1_000)
        self.init(
            milliCPU: overflow ? .max : milliCPU, memoryBytes: facts?.memory ?? 0, gpus: facts?.gpus?.count ?? 0)
    }
}

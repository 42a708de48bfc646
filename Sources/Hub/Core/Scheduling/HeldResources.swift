import CallProtocol
import NIOCore
import Operations

/// What an attempt holds on its node, as it is stored.
struct HeldResources: Codable, Sendable {
    var milliCPU = 0
    var memory: Int64 = 0

    /// More processors than any machine has, and few enough to be added up.
    private static let mostCPUs = 1e9

    /// What a specification asks for. One that was stored may ask for any number.
    init(_ spec: WorkloadSpec?) {
        milliCPU = Int(min(max(spec?.cpus ?? 0, 0), Self.mostCPUs) * 1_000)
        memory = spec?.memory ?? 0
    }

    init(text: String) {
        if let held = try? JSONCoding.decode(HeldResources.self, from: .init(string: text)) { self = held }
    }

    var text: String { (try? JSONCoding.encode(self).description) ?? "{}" }

    var placement: Placement.Resources { Placement.Resources(milliCPU: milliCPU, memoryBytes: memory) }
}

extension Placement.Resources {
    /// All that a node says it has; it may say any number.
    init(_ facts: HostFacts?) {
        let (milliCPU, overflow) = max(0, facts?.cpus ?? 0).multipliedReportingOverflow(by: 1_000)
        self.init(
            milliCPU: overflow ? .max : milliCPU, memoryBytes: facts?.memory ?? 0, gpus: facts?.gpus?.count ?? 0)
    }
}

package import CallProtocol

/// What a ``FakeRunPod`` has to rent out and how strict it is. A test may change it while the server runs.
package struct RunPodSettings: Sendable {
    /// The account's key.
    package var token = "runpod-account-key"
    package var dataCenters = [
        RunPodDataCenter(id: "US-KS-2", name: "US Kansas 2", region: "NORTH_AMERICA"),
        RunPodDataCenter(id: "EU-SE-1", name: "EU Sweden 1", region: "EUROPE"),
    ]
    package var gpus = [
        RunPodGPU(
            id: "NVIDIA GeForce RTX 4090", name: "RTX 4090", memory: 24, prices: ["SECURE": 0.44, "COMMUNITY": 0.31],
            maxCounts: ["SECURE": 8, "COMMUNITY": 4],
            stock: [.init("US-KS-2", count: 16), .init("EU-SE-1", count: 8), .init("EU-SE-1", "COMMUNITY", count: 4)]),
        RunPodGPU(
            id: "NVIDIA A100 80GB PCIe", name: "A100 PCIe", memory: 80, prices: ["SECURE": 1.64, "COMMUNITY": 1.19],
            maxCounts: ["SECURE": 8, "COMMUNITY": 0], stock: [.init("US-KS-2", count: 2)]),
    ]
    package var cpus = [
        RunPodCPU(
            id: "cpu5c", name: "Compute-Optimized", group: "Gen 5", vcpus: 2...32, ramPerVCPU: 2, price: 0.03,
            stock: ["US-KS-2": 64])
    ]
    /// What templates say, by their ids: the container's settings as a create has them.
    package var templates: [String: JSONObject] = [:]
    /// Quotas of the account. The ones documented are ``RunPodRateWindow/documented``.
    package var rateWindows = RunPodRateWindow.generous
    /// Dollars; when they are spent, pods end, and creates are answered with 402.
    package var balance = Double.infinity
    /// Dollars per hour for a gigabyte of disk.
    package var diskPrice = 0.000_14
    /// Clouds that the account may not use: 403.
    package var forbiddenClouds: Set<String> = []
    /// Whether a pod that is gone can still be read, as TERMINATED, and not 404. Listings never have it.
    package var showsTerminated = false
    /// Own variables that a pod may have.
    package var variableLimit = 50

    package init() {}
}

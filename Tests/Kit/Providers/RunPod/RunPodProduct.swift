/// A GPU type of the catalogue with what there is of it.
package struct RunPodGPU: Sendable {
    /// GPUs of this type in one data center and one cloud, rented ones included.
    package struct Stock: Sendable, Hashable {
        package var dataCenter: String
        /// SECURE or COMMUNITY.
        package var cloud: String
        package var count: Int

        package init(_ dataCenter: String, _ cloud: String = "SECURE", count: Int) {
            (self.dataCenter, self.cloud, self.count) = (dataCenter, cloud, count)
        }
    }

    /// What `gpu.id` of a create names.
    package var id: String
    package var name: String
    package var manufacturer = "NVIDIA"
    package var pool: String?
    /// Gigabytes.
    package var memory: Int
    /// Dollars per hour for one GPU, by cloud.
    package var prices: [String: Double]
    /// GPUs that one pod may have, by cloud.
    package var maxCounts: [String: Int]
    package var stock: [Stock]
    package var cudaVersions = ["12.8"]
    /// What the catalogue says in place of the truth, so that creates fail for capacity all the same.
    package var advertised: String?

    package init(
        id: String, name: String, memory: Int, prices: [String: Double], maxCounts: [String: Int], stock: [Stock]
    ) {
        (self.id, self.name, self.memory) = (id, name, memory)
        (self.prices, self.maxCounts, self.stock) = (prices, maxCounts, stock)
    }
}

/// A CPU flavour of the catalogue.
package struct RunPodCPU: Sendable {
    package var id: String
    package var name: String
    package var group: String
    package var vcpus: ClosedRange<Int>
    package var ramPerVCPU: Double
    /// Dollars per hour for one vCPU.
    package var price: Double
    /// vCPUs by data center, rented ones included.
    package var stock: [String: Int]

    package init(
        id: String, name: String, group: String, vcpus: ClosedRange<Int>, ramPerVCPU: Double, price: Double,
        stock: [String: Int]
    ) {
        (self.id, self.name, self.group, self.vcpus) = (id, name, group, vcpus)
        (self.ramPerVCPU, self.price, self.stock) = (ramPerVCPU, price, stock)
    }
}

/// A data center of the catalogue.
package struct RunPodDataCenter: Sendable {
    /// Begins with the country's two letters.
    package var id: String
    package var name: String
    package var region: String

    package init(id: String, name: String, region: String) {
        (self.id, self.name, self.region) = (id, name, region)
    }

    var country: String { String(id.prefix(2)) }
}

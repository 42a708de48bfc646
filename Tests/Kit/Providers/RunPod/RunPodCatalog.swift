import CallProtocol

/// The catalogue as it is answered, with what is free now.
struct RunPodCatalog: Sendable {
    let settings: RunPodSettings
    /// Instances that hold processors.
    let rented: [FakeInstance]

    init(_ settings: RunPodSettings, _ instances: [FakeInstance]) {
        self.settings = settings
        rented = instances.filter { [.provisioning, .starting, .running, .failed].contains($0.phase) }
    }

    /// GPUs of a type that nobody has, in one place.
    func free(_ gpu: RunPodGPU, _ stock: RunPodGPU.Stock) -> Int {
        let taken = rented.reduce(0) { sum, pod in
            let isHere =
                pod.facts["gpu"]?["id"] == .string(gpu.id) && pod.facts["cloud"] == .string(stock.cloud)
                && pod.facts["dataCenterId"] == .string(stock.dataCenter)
            return isHere ? sum + Int(pod.facts["gpu"]?["count"]?.integerValue ?? 1) : sum
        }
        return max(stock.count - taken, 0)
    }

    /// vCPUs of a flavour that nobody has, in one place.
    func free(_ cpu: RunPodCPU, in dataCenter: String) -> Int {
        let taken = rented.reduce(0) { sum, pod in
            let isHere = pod.facts["cpu"]?["id"] == .string(cpu.id) && pod.facts["dataCenterId"] == .string(dataCenter)
            return isHere ? sum + Int(pod.facts["cpu"]?["vcpuCount"]?.integerValue ?? 0) : sum
        }
        return max((cpu.stock[dataCenter] ?? 0) - taken, 0)
    }

    /// What pods could be made of `free` when each takes `count`, in the catalogue's words.
    static func level(_ free: Int, _ count: Int) -> String {
        switch free / max(count, 1) {
        case ..<1: "NONE"
        case 1: "LOW"
        case 2...3: "MEDIUM"
        default: "HIGH"
        }
    }

    /// A GPU type; nil where the countries asked for have none of it.
    func gpu(_ gpu: RunPodGPU, _ filter: RunPodCatalogFilter) -> JSONValue? {
        var item: JSONValue = [
            "id": .string(gpu.id), "name": .string(gpu.name), "pool": gpu.pool.map { .string($0) } ?? .null,
            "manufacturer": .string(gpu.manufacturer), "memory": .integer(Int64(gpu.memory)),
            "secure": .bool(gpu.stock.contains { $0.cloud == "SECURE" }),
            "community": .bool(gpu.stock.contains { $0.cloud == "COMMUNITY" }),
            "price": [
                "secure": .double(gpu.prices["SECURE"] ?? 0), "community": .double(gpu.prices["COMMUNITY"] ?? 0),
            ],
            "maxCount": [
                "secure": .integer(Int64(gpu.maxCounts["SECURE"] ?? 0)),
                "community": .integer(Int64(gpu.maxCounts["COMMUNITY"] ?? 0)),
            ],
        ]
        guard filter.withAvailability else { return item }
        let places = gpu.stock.filter { stock in
            stock.cloud == filter.cloud && filter.admits(center(stock.dataCenter))
        }
        if places.isEmpty, filter.countries != nil { return nil }
        let frees = places.map { filter.admitsCUDA(gpu.cudaVersions) ? free(gpu, $0) : 0 }
        let best = Self.level(frees.max() ?? 0, filter.count)
        item["availability"] = .string(gpu.advertised ?? best)
        if best != "NONE" || gpu.advertised != nil {
            item["dataCenters"] = .array(
                zip(places, frees).map { place, free in
                    availability(place.dataCenter, gpu.advertised ?? Self.level(free, filter.count))
                })
        }
        item["cudaVersions"] = .array(
            gpu.cudaVersions.filter { filter.admitsCUDA([$0]) }.map {
                ["version": .string($0), "available": .bool(best != "NONE")]
            })
        return item
    }

    /// A CPU flavour.
    func cpu(_ cpu: RunPodCPU, _ filter: RunPodCatalogFilter) -> JSONValue {
        var item: JSONValue = [
            "id": .string(cpu.id), "name": .string(cpu.name), "group": .string(cpu.group),
            "vcpu": ["min": .integer(Int64(cpu.vcpus.lowerBound)), "max": .integer(Int64(cpu.vcpus.upperBound))],
            "ramGbPerVcpu": .double(cpu.ramPerVCPU),
            "price": ["securePerVcpu": .double(cpu.price), "serverlessPerVcpu": .double(cpu.price)],
        ]
        guard filter.withAvailability else { return item }
        let places = cpu.stock.keys.sorted().map { ($0, Self.level(free(cpu, in: $0), filter.count)) }
        let best = ["HIGH", "MEDIUM", "LOW"].first { level in places.contains { $0.1 == level } }
        item["availability"] = .string(best ?? "NONE")
        if best != nil { item["dataCenters"] = .array(places.map { availability($0.0, $0.1) }) }
        return item
    }

    /// A data center.
    func dataCenter(_ center: RunPodDataCenter, _ include: [String]) -> JSONValue {
        var item: JSONValue = [
            "id": .string(center.id), "name": .string(center.name), "region": .string(center.region),
            "globalNetwork": false, "networkVolumeTypes": ["STANDARD"], "compliance": [],
        ]
        if include.contains("GPU_AVAILABILITY") {
            let gpus = settings.gpus.compactMap { gpu -> JSONValue? in
                let frees = gpu.stock.filter { $0.dataCenter == center.id }.map { free(gpu, $0) }
                guard let most = frees.max() else { return nil }
                return [
                    "id": .string(gpu.id), "name": .string(gpu.name), "availability": .string(Self.level(most, 1)),
                ]
            }
            if !gpus.isEmpty { item["gpuAvailability"] = .array(gpus) }
        }
        if include.contains("CPU_AVAILABILITY") {
            let cpus = settings.cpus.filter { $0.stock[center.id] != nil }.map { cpu -> JSONValue in
                let level = Self.level(free(cpu, in: center.id), cpu.vcpus.lowerBound)
                return ["id": .string(cpu.id), "name": .string(cpu.name), "availability": .string(level)]
            }
            if !cpus.isEmpty { item["cpuAvailability"] = .array(cpus) }
        }
        return item
    }

    private func center(_ id: String) -> RunPodDataCenter {
        settings.dataCenters.first { $0.id == id } ?? RunPodDataCenter(id: id, name: id, region: "UNKNOWN")
    }

    private func availability(_ id: String, _ level: String) -> JSONValue {
        ["id": .string(id), "name": .string(center(id).name), "availability": .string(level)]
    }
}

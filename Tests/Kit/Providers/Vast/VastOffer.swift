import CallProtocol

/// An offer of the market: one machine, or a part of one.
package struct VastOffer: Sendable {
    package var id: Int
    package var machineID: Int
    package var hostID = 55
    /// With spaces, as it is on the wire.
    package var gpuName: String
    package var gpuCount: Int
    /// MiB of one GPU.
    package var gpuRAM: Int
    /// Part of the machine's GPUs that this offer has.
    package var gpuFraction = 1.0
    package var cores: Double = 16
    /// MiB of the whole machine.
    package var ram = 131_072
    /// Gigabytes that are free.
    package var disk = 500.0
    /// Dollars per hour for the GPUs, without disk.
    package var price: Double
    /// The least bid in dollars per hour.
    package var minBid: Double
    /// Dollars for a gigabyte and month.
    package var storageCost = 0.15
    /// A place, and behind a comma the country's two letters.
    package var location: String
    package var reliability = 0.99
    package var cuda = 12.8
    /// Time from the provider's beginning after which contracts end.
    package var duration = Duration.seconds(2_592_000)
    package var isVerified = true
    /// False when somebody else has it.
    package var isRentable = true
    /// Found by searches, and gone for whoever takes it.
    package var isGhost = false
    /// Ports that can be opened; 0 for a machine behind a router.
    package var directPorts = 64

    package init(
        id: Int, machineID: Int, gpuName: String, gpuCount: Int = 1, gpuRAM: Int, price: Double, minBid: Double,
        location: String
    ) {
        (self.id, self.machineID, self.gpuName, self.gpuCount) = (id, machineID, gpuName, gpuCount)
        (self.gpuRAM, self.price, self.minBid, self.location) = (gpuRAM, price, minBid, location)
    }

    var country: String {
        location.split(separator: ",").last.map { String($0.drop { $0 == " " }) } ?? ""
    }

    /// Dollars per hour for so many gigabytes.
    func storage(_ gigabytes: Double) -> Double { storageCost * gigabytes / 730 }

    /// What offers and instances both say of the machine.
    var machine: JSONObject {
        [
            "machine_id": .integer(Int64(machineID)), "host_id": .integer(Int64(hostID)),
            "gpu_name": .string(gpuName), "gpu_arch": "nvidia", "num_gpus": .integer(Int64(gpuCount)),
            "gpu_ram": .integer(Int64(gpuRAM)), "gpu_frac": .double(gpuFraction), "gpu_lanes": 16,
            "gpu_mem_bw": 900.5, "bw_nvlink": 0, "cpu_arch": "amd64", "cpu_name": "Test CPU", "cpu_cores": 64,
            "cpu_cores_effective": .double(cores), "cpu_ram": .integer(Int64(ram)), "disk_name": "nvme",
            "disk_bw": 2_000.5, "direct_port_count": .integer(Int64(directPorts)), "static_ip": true,
            "geolocation": .string(location), "verification": isVerified ? "verified" : "unverified",
            "hosting_type": 0, "storage_cost": .double(storageCost), "min_bid": .double(minBid),
            "reliability2": .double(reliability), "cuda_max_good": .double(cuda), "driver_version": "570.86.15",
            "inet_up": 800.5, "inet_down": 900.5, "inet_up_cost": 0.002, "inet_down_cost": 0.001,
            "os_version": "22.04", "mobo_name": "Test Board", "pci_gen": 4, "pcie_bw": 25.5, "dlperf": 100.5,
            "total_flops": 82.5, "compute_cap": 890, "external": nil,
        ]
    }

    /// The offer as a search answers it.
    /// - Parameter gigabytes: disk that the price includes.
    func json(
        isBid: Bool, storage gigabytes: Double, isRented: Bool, _ time: ProviderTime, now: Duration
    ) -> JSONValue {
        let base = isBid ? minBid : price
        let disk = storage(gigabytes)
        let total = base + disk
        var item = machine
        let more: JSONObject = [
            "id": .integer(Int64(id)), "ask_contract_id": .integer(Int64(id)), "bundle_id": .integer(Int64(id) + 7),
            "dph_base": .double(base), "dph_total": .double(total), "storage_total_cost": .double(disk),
            "is_bid": .bool(isBid), "rentable": .bool(isRentable && !isRented), "rented": .bool(isRented),
            "disk_space": .double(self.disk), "duration": .double((duration - now).inSeconds),
            "start_date": .double(time.unix(now)), "end_date": .double(time.unix(duration)),
            "reliability": .double(reliability), "score": .double(1_000 / max(total, 0.001)),
            "gpu_total_ram": .integer(Int64(gpuRAM * gpuCount)), "gpu_max_power": 450, "gpu_max_temp": 90,
            "gpu_display_active": false, "has_avx": 1, "cpu_ghz": 3.2, "vms_enabled": false, "resource_type": "gpu",
            "dlperf_per_dphtotal": .double(100.5 / max(total, 0.001)),
            "flops_per_dphtotal": .double(82.5 / max(total, 0.001)), "hostname": nil, "public_ipaddr": "203.0.113.9",
        ]
        for member in more { item[member.key] = member.value }
        return .object(item)
    }
}

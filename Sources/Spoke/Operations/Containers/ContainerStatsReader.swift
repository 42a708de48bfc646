import CallProtocol
import Engine
import Operations

/// What a container uses, for one caller.
struct ContainerStatsReader {
    let service: ContainerService

    private static let mostSilent = 3

    func send(_ input: ContainerStatsInput, for access: ContainerAccess, to sink: OutputSink) async throws {
        let view = try await service.find(input.container, for: access)
        guard view.isAlive else { throw CallError(.failedPrecondition, "container \(view.name) does not run") }
        let id = view.id
        var silent = 0
        let once = input.once ?? false
        // The first answer has nothing before it to compare with.
        try await service.asking { client in
            try await client.ask(
                EngineRequest(.get, ContainerService.path(id, "/stats"), query: [(name: "stream", value: "1")])
            ) { answer in
                try await answer.check()
                try await answer.values { value in
                    guard let stats = ContainerStats(value) else {
                        // The first has none before it; of one that has ended there come no others.
                        silent += 1
                        return silent < Self.mostSilent
                    }
                    silent = 0
                    try await sink.send(stats)
                    return !once
                }
            }
        }
    }
}

extension ContainerStats {
    /// One answer of an engine; nil for the first, which has none before it, and for one of a container that does not run.
    ///
    /// Computed as Docker's own client does: processor time of the container against that of the whole machine since the
    /// answer before, times the processors; memory without the part of the page cache that was not used of late.
    init?(_ json: JSONValue) {
        let (now, before) = (json["cpu_stats"], json["precpu_stats"])
        guard let time = json["read"]?.stringValue, EngineTime.real(time) != nil,
            let total = now?["cpu_usage"]?["total_usage"]?.doubleValue,
            let system = now?["system_cpu_usage"]?.doubleValue,
            let systemBefore = before?["system_cpu_usage"]?.doubleValue
        else { return nil }
        let used = total - (before?["cpu_usage"]?["total_usage"]?.doubleValue ?? 0)
        let passed = system - systemBefore
        let perCPU = now?["cpu_usage"]?["percpu_usage"]?.arrayValue?.count ?? 1
        let processors = now?["online_cpus"]?.doubleValue.flatMap { $0 > 0 ? $0 : nil } ?? Double(max(1, perCPU))
        let memory = json["memory_stats"]
        let cache = memory?["stats"]
        let idle = (cache?["total_inactive_file"] ?? cache?["inactive_file"])?.integerValue ?? 0
        let usage = memory?["usage"]?.integerValue ?? 0
        var (received, sent): (Int64, Int64) = (0, 0)
        for network in json["networks"]?.objectValue.map({ Array($0) }) ?? [] {
            received &+= network.value["rx_bytes"]?.integerValue ?? 0
            sent &+= network.value["tx_bytes"]?.integerValue ?? 0
        }
        var (read, written): (Int64, Int64) = (0, 0)
        for entry in json["blkio_stats"]?["io_service_bytes_recursive"]?.arrayValue ?? [] {
            let value = entry["value"]?.integerValue ?? 0
            switch entry["op"]?.stringValue?.first {
            case "r", "R": read &+= value
            case "w", "W": written &+= value
            default: break
            }
        }
        self.init(
            timestamp: time, cpuPercent: passed > 0 && used > 0 ? used / passed * processors * 100 : 0,
            memoryUsed: idle < usage ? usage - max(0, idle) : usage, memoryLimit: memory?["limit"]?.integerValue,
            networkReceived: max(0, received), networkSent: max(0, sent), blockRead: max(0, read),
            blockWritten: max(0, written), processes: json["pids_stats"]?["current"]?.integerValue.map { Int($0) })
    }
}

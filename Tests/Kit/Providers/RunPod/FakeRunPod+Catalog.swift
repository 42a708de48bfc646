import CallProtocol
import Foundation

extension FakeRunPod {
    private var catalog: RunPodCatalog { RunPodCatalog(settings, account.instances) }

    /// GET /v2/catalog/gpus, and one of them.
    func gpus(_ target: RequestTarget, _ id: String?) throws(RunPodProblem) -> FakeResponse {
        let filter = try RunPodCatalogFilter(
            target, products: ["POD", "CLUSTER", "SERVERLESS"],
            scope: ["count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"])
        let catalog = catalog
        guard let id else {
            return .json(["gpus": .array(catalog.settings.gpus.compactMap { catalog.gpu($0, filter) })])
        }
        guard let gpu = catalog.settings.gpus.first(where: { $0.id == id }) else { throw .notFound }
        if let item = catalog.gpu(gpu, filter) { return .json(item) }
        // In the countries asked for there is none; alone, it is shown all the same.
        var empty = gpu
        (empty.stock, empty.advertised) = ([], "NONE")
        var item = catalog.gpu(empty, try RunPodCatalogFilter(RequestTarget("/"), products: [], scope: [])) ?? nil
        item["availability"] = "NONE"
        return .json(item)
    }

    /// GET /v2/catalog/cpus, and one of them.
    func cpus(_ target: RequestTarget, _ id: String?) throws(RunPodProblem) -> FakeResponse {
        let filter = try RunPodCatalogFilter(target, products: ["POD", "SERVERLESS"], scope: ["vcpuCount"])
        let catalog = catalog
        guard let id else { return .json(["cpus": .array(catalog.settings.cpus.map { catalog.cpu($0, filter) })]) }
        guard let cpu = catalog.settings.cpus.first(where: { $0.id == id }) else { throw .notFound }
        return .json(catalog.cpu(cpu, filter))
    }

    /// GET /v2/catalog/datacenters, and one of them.
    func centers(_ target: RequestTarget, _ id: String?) throws(RunPodProblem) -> FakeResponse {
        let include = target.list("include") ?? []
        try RunPodCatalogFilter.check("include", include, among: ["GPU_AVAILABILITY", "CPU_AVAILABILITY"])
        let regions = target.list("regions")
        let catalog = catalog
        guard let id else {
            let chosen = catalog.settings.dataCenters.filter { regions?.contains($0.region) ?? true }
            return .json(["dataCenters": .array(chosen.map { catalog.dataCenter($0, include) })])
        }
        guard let center = catalog.settings.dataCenters.first(where: { $0.id == id }) else { throw .notFound }
        return .json(catalog.dataCenter(center, include))
    }

    /// GET /v2/billing/pods: what requests' pods have cost.
    func billing(_ target: RequestTarget) throws(RunPodProblem) -> FakeResponse {
        let now = account.time.now()
        let billing = try RunPodBilling(target, now: Date(timeIntervalSince1970: account.time.unix(now)))
        return .json(billing.json(account.instances.filter { !$0.isPlanted }, account.time, now: now))
    }
}

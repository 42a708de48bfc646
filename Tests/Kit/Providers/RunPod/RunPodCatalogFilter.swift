/// The query of a catalogue listing, by the rules that its parameters state: what is malformed is 422, what does not go
/// together 400.
struct RunPodCatalogFilter: Sendable {
    private(set) var withAvailability = false
    private(set) var count = 1
    private(set) var cloud = "SECURE"
    private(set) var countries: [String]?
    private var cudaVersions: [String]?
    private var minCUDA: String?

    /// - Parameter products: availability contexts that this listing knows.
    /// - Parameter scope: parameters that only have a sense with availability.
    init(_ target: RequestTarget, products: [String], scope: [String]) throws(RunPodProblem) {
        let include = target.list("include") ?? []
        try Self.check("include", include, among: ["AVAILABILITY"])
        withAvailability = include.contains("AVAILABILITY")
        let product = target.list("product") ?? []
        try Self.check("product", product, among: products)
        if withAvailability, product.isEmpty { throw RunPodProblem(400, "include=AVAILABILITY needs a product") }
        for name in ["product"] + scope where !withAvailability && target.parameter(name) != nil {
            throw RunPodProblem(400, "\(name) is only allowed with include=AVAILABILITY")
        }
        for name in ["count", "vcpuCount"] where scope.contains(name) {
            guard let text = target.parameter(name) else { continue }
            guard let number = Int(text), number >= 1 else { throw .invalid(["query.\(name): no whole number from 1"]) }
            count = number
        }
        if scope.contains("cloud"), let text = target.parameter("cloud") {
            try Self.check("cloud", [text], among: ["SECURE", "COMMUNITY"])
            cloud = text
        }
        if scope.contains("countryCodes"), let codes = target.list("countryCodes") {
            guard codes.allSatisfy({ $0.count == 2 && $0.allSatisfy { "A"..."Z" ~= $0 } }) else {
                throw .invalid(["query.countryCodes: not two capital letters"])
            }
            countries = codes
        }
        (cudaVersions, minCUDA) = (target.list("cudaVersions"), target.parameter("minCudaVersion"))
        if cudaVersions != nil, minCUDA != nil {
            throw RunPodProblem(400, "cudaVersions and minCudaVersion exclude each other")
        }
        let texts = (cudaVersions ?? []) + [minCUDA].compactMap(\.self)
        guard texts.allSatisfy({ Self.version($0) != nil }) else { throw .invalid(["query: no CUDA version"]) }
    }

    /// Whether the country of a data center is asked for.
    func admits(_ center: RunPodDataCenter) -> Bool { countries?.contains(center.country) ?? true }

    /// Whether one of the versions will do.
    func admitsCUDA(_ versions: [String]) -> Bool {
        if let cudaVersions { return !Set(cudaVersions).isDisjoint(with: versions) }
        guard let floor = minCUDA.flatMap(Self.version) else { return true }
        return versions.compactMap(Self.version).contains { !$0.lexicographicallyPrecedes(floor) }
    }

    /// Refuses words that the document does not list.
    static func check(_ name: String, _ words: [String], among known: [String]) throws(RunPodProblem) {
        guard let word = words.first(where: { !known.contains($0) }) else { return }
        throw .invalid(["query.\(name): '\(word)' is none of \(known.joined(separator: ", "))"])
    }

    /// The numbers of a version, so that 12.11 is above 12.2.
    private static func version(_ text: String) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = parts.compactMap(\.self)
        return numbers.count == parts.count && (1...2).contains(parts.count) ? numbers : nil
    }
}

/// What a ``FakeVast`` has to rent out and how strict it is. A test may change it while the server runs.
package struct VastSettings: Sendable {
    /// What is answered to a path below `/api/` that does not end in a slash.
    package enum MissingSlash: Sendable, Hashable {
        /// A redirect with that status, to the same with a slash. After 301 many clients turn what they send into a GET.
        case redirect(Int)
        case accepted
        case notFound
    }

    /// The account's key.
    package var token = "vast-account-key"
    package var offers = [
        VastOffer(
            id: 7_001, machineID: 101, gpuName: "RTX 4090", gpuRAM: 24_564, price: 0.35, minBid: 0.12,
            location: "Sweden, SE"),
        VastOffer(
            id: 7_002, machineID: 102, gpuName: "RTX 4090", gpuCount: 2, gpuRAM: 24_564, price: 0.72, minBid: 0.25,
            location: "Germany, DE"),
        VastOffer(
            id: 7_003, machineID: 103, gpuName: "RTX 4090", gpuRAM: 24_564, price: 0.29, minBid: 0.10,
            location: "Texas, US"),
        VastOffer(
            id: 7_004, machineID: 104, gpuName: "A100 PCIE", gpuRAM: 81_920, price: 1.05, minBid: 0.6,
            location: "France, FR"),
    ]
    package var missingSlash = MissingSlash.redirect(301)
    /// The shape of every error; nil for the one that each operation documents.
    package var errorShape: VastErrorShape?
    /// The least time between two requests of an operation, by its name or by ``FaultPlan/anyOperation``.
    package var minimumIntervals: [String: Duration] = [:]
    /// The status for a wrong key at a search, which is documented as 404; all else answers 401.
    package var unauthorizedSearch = 404
    /// Whether the account has an SSH key, without which there are no VMs.
    package var hasSSHKey = true
    /// Characters of an onstart script.
    package var onstartLimit = 4_048
    /// Ports that an instance may open.
    package var portLimit = 64
    /// How often a file of logs is not there yet when it is fetched.
    package var logPolls = 2
    /// Where files of logs are said to lie; nil for this server.
    package var logBaseURL: String?

    package init() {}
}

/// What the numbers of a workload may be, however they are written.
enum WorkloadRanges {
    static let cpus = 0.0...4_096
    static let gpus = 0...1_024
    static let priority = 0...100
    static let retries = 0...1_000
}

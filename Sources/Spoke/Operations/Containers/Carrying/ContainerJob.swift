package import Operations

/// What the process that carries a container workload is told, on its stdin.
///
/// It is this binary again, as `capstan carry`, under a supervisor as every workload's program is: whatever becomes of the
/// spoke, the log is read, the time limit holds, and the container's own exit is found.
package struct ContainerJob: Codable, Sendable {
    /// The engine's socket.
    package var engine: String
    package var spec: ContainerSpec
    /// Capstan's own labels.
    package var labels: [String: String]
    package var labelPrefix: String
    package var name: String
    /// Where it leaves its ``ContainerVerdict``.
    package var verdict: String
    /// Seconds from a wish to end to SIGKILL.
    package var graceSeconds: Int

    package init(
        engine: String, spec: ContainerSpec, labels: [String: String], labelPrefix: String, name: String,
        verdict: String, graceSeconds: Int
    ) {
        self.engine = engine
        self.spec = spec
        self.labels = labels
        self.labelPrefix = labelPrefix
        self.name = name
        self.verdict = verdict
        self.graceSeconds = graceSeconds
    }
}

import ArgumentParser

/// How data is written to stdout.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For people: aligned, coloured on a terminal, times as distances.
    case table
    /// One JSON value; streams are one object a line.
    case json
    /// The same as YAML; streams are one document each.
    case yaml
}

import Formats

/// Why something ended, for people: machines read the word in JSON, and a node's own words are sentences already.
package enum EndReason {
    /// The sentence for a reason; nil where it says no more than the state does.
    package static func sentence(_ reason: String?, of spec: WorkloadSpec?) -> String? {
        switch reason {
        case "time_limit":
            "its time limit" + (spec?.timeLimitMs.map { " of \(DurationText.string(.milliseconds($0)))" } ?? "")
                + " was over"
        case "memory_limit":
            "it needed more memory than its limit" + (spec?.memory.map { " of \(ByteSize.string($0))" } ?? "")
        case "out_of_memory": "the node had no memory left"
        case "supervisor_lost": "its supervisor was killed"
        case "carrier_lost": "what followed its container was killed"
        case "cancelled", "": nil
        default: reason
        }
    }
}

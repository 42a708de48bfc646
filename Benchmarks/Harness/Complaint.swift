import Glibc

/// What a process of the benchmark says to people, beside the lines that its partner reads.
package enum Complaint {
    /// Writes a line to stderr.
    package static func say(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }
}

import Foundation

/// A program whose output and end are known beforehand, written in shell for the node to run in the fleet's folder.
///
/// It first writes down which attempt it is, as its supervisor's arguments say: so that each start can be counted.
struct Job: Sendable, Hashable, CustomStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        /// A few lines.
        case quick
        /// Some hundred kilobytes on both outputs.
        case chatty
        /// Seconds of life.
        case slow
        /// As slow, and tried again when it fails.
        case retried
        /// Ends itself by a signal.
        case suicidal
        /// Leaves a process behind it that would live for minutes.
        case littering
        /// Goes on until the faults are over.
        case held
        /// Goes on for ever: is to be cancelled.
        case endless
    }

    var number: Int
    var kind: Kind
    /// What its program exits with; of a suicide what a shell says.
    var code: Int
    /// The node it is pinned to; nil for any.
    var node: String?

    /// The file, in the fleet's folder, that lets ``Kind/held`` go.
    static let release = "release"
    /// The folder in which each start is written down, in a file for each job.
    static let starts = "starts"

    var description: String { "job \(number) (\(kind.rawValue), code \(code), on \(node ?? "any"))" }

    /// What its workload is called.
    var name: String { "job-\(number)" }

    var isRetried: Bool { kind == .retried }

    /// How often it is tried again when it fails.
    static let retries = 1

    private var count: Int {
        switch kind {
        case .chatty: 4_000
        case .slow, .retried: 4
        case .held, .endless: 1
        default: 3
        }
    }

    var script: String {
        let noted = #"read -r line < /proc/$PPID/cmdline; echo "${line##*/}" >> \#(Self.starts)/\#(number);"#
        let pause = kind == .slow || kind == .retried ? "sleep 0.3;" : ""
        let lines = #"""
             i=0; while [ $i -lt \#(count) ]; do i=$((i+1)); \#(pause) \#
            echo "job \#(number) says $i"; [ $((i % 3)) = 0 ] && echo "job \#(number) warns $i" >&2; done;
            """#
        let end =
            switch kind {
            case .suicidal: " kill -9 $$"
            case .littering: #" sh -c "sleep 300; : litter" & exit \#(code)"#
            case .held: " until [ -e \(Self.release) ]; do sleep 0.3; done; exit \(code)"
            case .endless: " while :; do sleep 0.3; done"
            default: " exit \(code)"
            }
        return noted + lines + end
    }

    /// All of its standard output.
    var output: String { (1...count).map { "job \(number) says \($0)\n" }.joined() }

    /// All of its standard error.
    var errors: String { (1...count).filter { $0 % 3 == 0 }.map { "job \(number) warns \($0)\n" }.joined() }
}

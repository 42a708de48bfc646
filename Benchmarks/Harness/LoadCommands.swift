import Dispatch
import Glibc

/// The side of a load that is told what to do: one line `IN_FLIGHT SECONDS` on stdin, one report on stdout, in turn.
package enum LoadCommands {
    /// Says that this process is ready, with what the other side has to know.
    ///
    /// Past the buffers of the C library: flushing those would wait for the thread that waits for stdin.
    package static func announce(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }

    /// Serves commands until stdin ends.
    ///
    /// - Parameter call: one call, from asking to the decoded answer.
    package static func serve(call: @escaping @Sendable () async throws -> Void) async throws {
        for await line in lines() {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let inFlight = Int(parts[0]), let seconds = Double(parts[1]) else { continue }
            let report = try await LoadLoop.run(inFlight: max(1, inFlight), seconds: seconds, call: call)
            announce(report.line)
        }
    }

    /// Returns when stdin has ended: whoever started this process is done with it.
    package static func untilTold() async {
        for await _ in lines() {}
    }

    /// The lines of stdin. Reading blocks, so it has a thread that no task needs.
    package static func lines() -> AsyncStream<String> {
        AsyncStream { continuation in
            DispatchQueue(label: "stdin").async {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
        }
    }
}

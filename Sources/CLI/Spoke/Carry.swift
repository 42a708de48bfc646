import CallProtocol
import Daemon
import Glibc
import NIOCore
import NIOPosix
import SpokeOperations

/// `capstan carry`: the process that carries one container workload, started by a spoke under a supervisor.
enum Carry {
    /// Bytes of a job, at most: longer than what an attempt may be.
    private static let longest = 16 << 20

    /// Runs the job on stdin. - Returns: the container's exit code.
    static func run() async -> Int32 {
        do {
            var bytes = ByteBuffer()
            let input = InputDescriptor()
            while try await input.read(into: &bytes, limit: 65_536) > 0, bytes.readableBytes <= longest {}
            let carrier = ContainerCarrier(
                try ContainerCarrier.job(reading: bytes), group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            let watch = try SignalWatch([SIGTERM, SIGINT]) { _ in carrier.end() }
            defer { watch.stop() }
            return await carrier.run()
        } catch {
            StandardError.write("capstan: \(error)\n")
            return Daemon.ExitCode.failure.rawValue
        }
    }
}

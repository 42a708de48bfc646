import CProcesses
import Glibc

extension SupervisorClient {
    /// Starts a program under a supervisor of its own, at most once for each directory, whoever asks how often: of
    /// several starts one is told `started` or `failed`, the others `exists`.
    ///
    /// `directory` is made by the supervisor; the folder it lies in must exist. When this throws or is cancelled,
    /// `inspect` tells whether the session exists. The environment of the program travels through a pipe only.
    /// - Parameter executable: the file to run as `executable supervise DIRECTORY`; by default the very file that
    ///   this process runs, also when it was replaced on disk meanwhile.
    package static func start(
        _ spec: SupervisorSpec, directory: String, executable: String = "/proc/self/exe", poller: Poller = .shared
    ) async throws -> SupervisorStart {
        if let invalidity = spec.process.invalidity { throw SupervisorError.refused(invalidity) }
        let encoded = try spec.encoded()
        let ends = try launch(executable, directory, poller)
        do {
            try await write(encoded, to: ends.spec)
        } catch ProcessIOError.closed {
            // It ended early, as when the directory is there already; what it said tells.
        }
        ends.spec.close()
        return try understand(await readLine(ends.report))
    }

    private static func launch(
        _ executable: String, _ directory: String, _ poller: Poller
    ) throws -> (spec: PipeEnd, report: PipeEnd) {
        cp_ignore_write_signals()
        let spec = try Pipe(capacity: 1 << 16)
        let report = try Pipe(capacity: 4096)
        let null = Descriptor(try SystemError.check("open /dev/null", cp_open("/dev/null", O_RDWR, 0)))
        let process = ProcessSpec(arguments: ["capstan", "supervise", directory], environment: environment())
        let pid = Launcher.spawn(executable, process, files: [spec.reading.fd, report.writing.fd, null.fd])
        guard pid > 0 else { throw SystemError("start a supervisor", code: -pid) }
        // Reaped when it ends, if we live so long.
        ChildWatch(pid: pid, poller: poller).release()
        return (
            PipeEnd(spec.writing.take(), .write, poller: poller), PipeEnd(report.reading.take(), .read, poller: poller)
        )
    }

    /// What a helper of this binary itself needs of our environment: nothing but what finds libraries and tools that look
    /// into the process. The program's comes with the spec.
    static func environment() -> [String: String] {
        var kept = ["SWIFT_BACKTRACE": "enable=no"]
        for name in ["LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS", "LLVM_PROFILE_FILE"] {
            if let value = getenv(name) { kept[name] = String(cString: value) }
        }
        return kept
    }

    private static func write(_ bytes: [UInt8], to end: PipeEnd) async throws {
        var done = 0
        while done < bytes.count {
            let result = try bytes.withUnsafeBytes { try end.write(UnsafeRawBufferPointer(rebasing: $0[done...])) }
            switch result {
            case .bytes(let count): done += count
            case .wouldBlock: try await end.ready()
            }
        }
    }

    /// Everything up to the end of what is said, 64 KiB at most.
    private static func readLine(_ end: PipeEnd) async throws -> String {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while all.count < 65_536, !all.contains(UInt8(ascii: "\n")) {
            switch try chunk.withUnsafeMutableBytes({ try end.read(into: $0) }) {
            case .bytes(let count): all += chunk[..<count]
            case .wouldBlock: try await end.ready()
            case .end: return String(decoding: all, as: UTF8.self)
            }
        }
        return String(decoding: all, as: UTF8.self)
    }

    private static func understand(_ report: String) throws -> SupervisorStart {
        let line = report.prefix { $0 != "\n" }
        let words = line.split(separator: " ", maxSplits: 2)
        switch words.first {
        case "started": if words.count > 1, let pid = Int32(words[1]) { return .started(pid: pid) }
        case "exists": return .exists
        case "failed":
            if words.count > 1, let code = Int32(words[1]) {
                return .failed(code: code, text: words.count > 2 ? String(words[2]) : "")
            }
        case "refused": throw SupervisorError.refused(String(line.dropFirst(8)))
        default: break
        }
        throw SupervisorError.died
    }
}

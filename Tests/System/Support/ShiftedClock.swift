import Foundation
import TestKit

/// The wall clock of a daemon, which a test sets while it runs: by a library that is loaded before the C library, made
/// of `Tests/Clock/shifted_clock.c`. What the daemon starts for itself is started without it, and keeps the machine's.
struct ShiftedClock: Sendable {
    /// What a process whose clock this is has to be started with.
    var environment: [String: String] { ["LD_PRELOAD": library, "SHIFTED_CLOCK": file] }

    private let file: String
    private let library: String

    /// Whether the library can be made here, which takes a C compiler.
    static var isPossible: Bool { built != nil }

    /// A clock that is right at first. The shift stands in `file`.
    init(file: String) throws {
        guard let library = Self.built else { throw Unmet(what: "a C compiler", seconds: 0) }
        self.file = file
        self.library = library
        try write(0)
    }

    /// Makes it differ from the machine's by so many seconds.
    func shift(bySeconds seconds: Int) throws { try write(Int64(seconds)) }

    /// In place, eight bytes at once: the file is mapped by who reads it.
    private func write(_ seconds: Int64) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        var value = seconds
        guard pwrite(descriptor, &value, 8, 0) == 8 else {
            throw Unmet(what: "another time (\(String(cString: strerror(errno))))", seconds: 0)
        }
    }

    /// The library, made once and left for the next time; nil where that failed.
    private static let built: String? = {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Clock/shifted_clock.c")
        guard let binary = try? BuiltBinary.path() else { return nil }
        let library = URL(filePath: binary).deletingLastPathComponent().appending(path: "shifted_clock.so").path
        // Under a name of its own first: another run may be using the old one.
        let fresh = library + ".\(getpid())"
        for compiler in ["clang", "cc", "gcc"] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [compiler, "-shared", "-fPIC", "-O1", source.path, "-o", fresh, "-ldl"]
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { continue }
            process.waitUntilExit()
            if process.terminationStatus == 0, rename(fresh, library) == 0 { return library }
        }
        return nil
    }()
}

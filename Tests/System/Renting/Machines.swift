import Foundation
import Synchronization
import TestKit

/// What the instances of a fake provider are made of here.
protocol Machines: Sendable {
    /// Begins one with what was ordered, in an environment that has nothing but what its provider gives.
    func boot(_ instance: FakeInstance) async
    func end(_ instance: FakeInstance) async
    /// Ends all that run.
    func endAll() async
    /// What they have said, for whoever looks why one did not come.
    var words: String { get }
}

/// Instances as processes of this machine.
final class ProcessMachines: Machines {
    private let fleet: Fleet
    private let tools: String?
    private let programs = Mutex<[String: Program]>([:])

    /// - Parameter tools: the folder of what machines find for programs; nil for what this one has.
    init(_ fleet: Fleet, tools: String?) throws {
        (self.fleet, self.tools) = (fleet, tools)
        if let tools { try Self.layOut(at: fleet.path(tools)) }
    }

    func boot(_ instance: FakeInstance) {
        var environment = instance.containerEnv
        environment["PATH"] = tools.map { fleet.path($0) } ?? "/usr/bin:/bin"
        environment["CAPSTAN_DIR"] = fleet.path("instance-" + instance.id)
        let program = try? Program(
            "/usr/bin/env", instance.command, environment: environment, folder: fleet.folder)
        programs.withLock { $0[instance.id] = program }
    }

    func end(_ instance: FakeInstance) { programs.withLock { $0[instance.id] }?.signal(SIGKILL) }

    func endAll() async {
        for program in programs.withLock({ Array($0.values) }) {
            program.signal(SIGKILL)
            _ = await program.wait(seconds: 10)
        }
    }

    var words: String {
        programs.withLock { $0.values.map { "\($0.pid): \($0.outputSoFar)\($0.errorsSoFar)" } }.joined(separator: "\n")
    }

    /// What an image has that has next to nothing: a shell, and what belongs to every one.
    private static func layOut(at folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["sh", "bash", "mkdir", "sha256sum", "cut", "rm", "chmod", "sleep", "uname", "base64", "cat"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/" + name, withDestinationPath: "/bin/" + name)
        }
    }
}

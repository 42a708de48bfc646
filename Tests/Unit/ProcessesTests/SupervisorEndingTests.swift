import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("The end of a supervised program", .timeLimit(.minutes(3)))
struct SupervisorEndingTests {
    @Test("cancelling ends the program and says so")
    func cancel() async throws {
        try await withFolder { folder in
            _ = try await supervise("sleep 60 & sleep 60", folder + "/s")
            guard case .running(let pid?) = try SupervisorClient.inspect(folder + "/s") else {
                return #expect(Bool(false), "not running")
            }
            #expect(try await SupervisorClient.cancel(folder + "/s"))
            let record = try await ended(folder + "/s")
            #expect(record.reason == .cancelled && record.exit.signal == SIGTERM)
            #expect(!isInTable(pid))
            #expect(try await SupervisorClient.cancel(folder + "/s") == false)
        }
    }

    @Test("one that ignores SIGTERM is killed after the grace")
    func stubborn() async throws {
        try await withFolder { folder in
            _ = try await supervise("trap '' TERM; echo ready; while :; do sleep 1; done", folder + "/s") {
                $0.killGraceMs = 100
            }
            try await eventually { try !output(folder + "/s").isEmpty }
            try await SupervisorClient.cancel(folder + "/s")
            let record = try await ended(folder + "/s")
            #expect(record.reason == .cancelled && record.exit.signal == SIGKILL)
        }
    }

    @Test("one that handles SIGTERM keeps its own code, and the reason is known")
    func graceful() async throws {
        try await withFolder { folder in
            _ = try await supervise(
                "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done", folder + "/s")
            try await eventually { try !output(folder + "/s").isEmpty }
            try await SupervisorClient.cancel(folder + "/s")
            let record = try await ended(folder + "/s")
            #expect(record.exit == ProcessExit(code: 7) && record.reason == .cancelled)
            #expect(text(try output(folder + "/s")) == "ready\nbye\n")
        }
    }

    @Test("a time limit ends it")
    func timeLimit() async throws {
        try await withFolder { folder in
            _ = try await supervise("sleep 60", folder + "/s") { $0.timeLimitMs = 100 }
            let record = try await ended(folder + "/s")
            #expect(record.reason == .timeLimit && record.exit.signal == SIGTERM)
            #expect(record.endedMs - record.startedMs >= 100)
        }
    }

    @Test("descendants that stay behind are ended: in the group, in other sessions, stubborn ones")
    func descendants() async throws {
        try await withFolder { folder in
            _ = try await supervise(
                """
                sleep 61 & echo $!
                setsid sh -c 'sh -c "sleep 62 & echo \\$!; sleep 63" & echo $!'
                setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' &
                until [ -e \(folder)/go ]; do sleep 0.02; done
                """, folder + "/s"
            ) { $0.killGraceMs = 300 }
            try await eventually {
                text(try output(folder + "/s")).split(separator: "\n", omittingEmptySubsequences: false).count == 5
            }
            try Data().write(to: URL(filePath: folder + "/go"))
            let record = try await ended(folder + "/s")
            let pids = text(try output(folder + "/s")).split(separator: "\n").compactMap { Int32($0) }
            #expect(pids.count == 4)
            for pid in pids { #expect(!isAlive(pid)) }
            #expect(record.exit.code == 0 && record.reason == .none && record.left == 0 && !record.outputOpen)
        }
    }

    @Test("output held open by somebody else is given up after a while")
    func heldOpen() async throws {
        try await withFolder { folder in
            // The test itself holds the program's output open, which no signal to descendants changes.
            _ = try await supervise("echo $$; while [ ! -e \(folder)/go ]; do sleep 0.02; done", folder + "/s")
            try await eventually { try !output(folder + "/s").isEmpty }
            let pid = text(try output(folder + "/s")).trimmingCharacters(in: .whitespacesAndNewlines)
            let held = open("/proc/\(pid)/fd/1", O_WRONLY)
            #expect(held >= 0)
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try await ended(folder + "/s").outputOpen)
            close(held)
        }
    }

    @Test("without its supervisor it is lost, and what is left of it can be killed")
    func lost() async throws {
        try await withFolder { folder in
            guard case .started(let pid) = try await supervise("sleep 60", folder + "/s") else {
                return #expect(Bool(false), "not started")
            }
            async let end = SupervisorClient.waitForExit(folder + "/s")
            kill(try supervisorPid(folder + "/s"), SIGKILL)
            #expect(try await end == .lost)
            #expect(try SupervisorClient.inspect(folder + "/s") == .lost)
            // Started again it is not.
            #expect(try await supervise("true", folder + "/s") == .exists)
            #expect(isAlive(pid))
            #expect(try SupervisorClient.killLost(folder + "/s"))
            try await eventually { !isAlive(pid) }
            // Of its group the last may be gone a moment later.
            try await eventually { try SupervisorClient.killLost(folder + "/s") == false }
        }
    }

    @Test("SIGTERM to the supervisor ends the program and is told apart from a cancel")
    func stopped() async throws {
        try await withFolder { folder in
            _ = try await supervise("sleep 60", folder + "/s")
            kill(try supervisorPid(folder + "/s"), SIGTERM)
            #expect(try await ended(folder + "/s").reason == .stopped)
        }
    }

    @Test("removing takes only what is over, and sweeping only what was left midway")
    func removal() async throws {
        try await withFolder { folder in
            _ = try await supervise("sleep 60", folder + "/s")
            #expect(try SupervisorClient.remove(folder + "/s") == false)
            try await SupervisorClient.cancel(folder + "/s")
            _ = try await ended(folder + "/s")
            #expect(try SupervisorClient.remove(folder + "/s"))
            #expect(try SupervisorClient.inspect(folder + "/s") == .absent)
            for name in [
                ".starting-999999999-1", ".removing-999999999-2", ".starting-\(getpid())-3", ".removing-\(getpid())-4",
            ] {
                try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: false)
                try Data().write(to: URL(filePath: folder + "/\(name)/lock"))
            }
            try SupervisorClient.sweep(folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [".starting-\(getpid())-3"])
        }
    }

    @Test("a supervisor killed at any moment never makes the program run twice")
    func supervisorKilled() async throws {
        try await withFolder { folder in
            for index in 0..<40 {
                let session = folder + "/s\(index)"
                let spec = try SupervisorSpec(process: shell("echo ran >> \(folder)/runs\(index)")).encoded()
                let supervisor = try ChildProcess.start(
                    ProcessSpec(arguments: [BuiltBinary.path(), "supervise", session], environment: [:]))
                try await supervisor.write(spec)
                // Not a wait but the fault itself: somewhere between nothing done and all done.
                try await Task.sleep(for: .microseconds(Int.random(in: 0...8000)))
                supervisor.signal(.kill)
                _ = await supervisor.exit()
                while try SupervisorClient.inspect(session) == .absent {
                    _ = try await supervise("echo ran >> \(folder)/runs\(index)", session)
                }
                let end = try await SupervisorClient.waitForExit(session)
                let runs = (try? String(contentsOfFile: folder + "/runs\(index)", encoding: .utf8)) ?? ""
                #expect(runs.isEmpty || runs == "ran\n")
                if case .exited(let record) = end { #expect(record.exit.code == 0 && runs == "ran\n") }
            }
            try SupervisorClient.sweep(folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!names.contains { $0.hasPrefix(".") })
        }
    }

    @Test("a starter killed at any moment leaves either nothing or a whole session")
    func starterKilled() async throws {
        try await withFolder { folder in
            let executable = try BuiltBinary.path()
            let spec = try SupervisorSpec(process: shell("echo ran >> \(folder)/runs")).encoded()
            for index in 0..<40 {
                // The starter is a shell that gives a part of the spec, or all of it, and is killed.
                let file = folder + "/spec\(index)"
                let given = index % 2 == 0 ? spec.count : spec.count * index / 40
                try Data(spec.prefix(given)).write(to: URL(filePath: file))
                let starter = try ChildProcess.start(
                    shell("\"$1\" supervise \"$2\" < \"$3\" & kill -KILL $$", executable, folder + "/s\(index)", file))
                _ = await starter.exit()
            }
            for index in 0..<40 {
                let session = folder + "/s\(index)"
                if index % 2 == 0 {
                    try await eventually { try SupervisorClient.inspect(session) != .absent }
                    #expect(try await ended(session).exit.code == 0)
                } else {
                    #expect(try SupervisorClient.inspect(session) == .absent)
                }
            }
            let runs = try String(contentsOfFile: folder + "/runs", encoding: .utf8)
            #expect(runs.split(separator: "\n").count == 20)
        }
    }
}

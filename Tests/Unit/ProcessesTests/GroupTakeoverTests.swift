import Foundation
import TestKit
import Testing

@testable import Processes

@Suite("Taking a control group over")
struct GroupTakeoverTests {
    /// A takeover by process 50 that no manager has marked anything for.
    private func takeover(_ files: GroupFiles) -> GroupTakeover {
        var takeover = GroupTakeover()
        takeover.proc = files.proc
        takeover.pid = 50
        takeover.isMarked = { _ in false }
        takeover.isService = false
        takeover.unitLifts = false
        return takeover
    }

    private func refusal(_ takeover: GroupTakeover) -> String {
        do {
            _ = try takeover.take()
            return "taken"
        } catch {
            return error.description
        }
    }

    @Test("that bears the mark of delegation gives its children cpu and memory")
    func delegated() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/box.scope")
            var takeover = takeover(files)
            takeover.isMarked = { $0 == files.group }
            #expect(refusal(takeover) == "taken")
            #expect(files.read("cgroup.subtree_control") == "+cpu +memory")
            #expect(FileManager.default.fileExists(atPath: files.group + "/spoke"))
        }
    }

    @Test("moves its processes first, and ends where they do not leave")
    func moves() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/box.scope")
            try files.write("50\n51\n", "cgroup.procs")
            var takeover = takeover(files)
            takeover.isMarked = { $0 == files.group }
            #expect(refusal(takeover).hasPrefix("move all processes out of \(files.group): "))
            #expect(files.read("spoke/cgroup.procs") == "51")
            #expect(files.read("cgroup.subtree_control") == "")
        }
    }

    @Test("in the group that it made before, it takes the one above")
    func again() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/box.scope/spoke")
            let above = try GroupFiles(in: folder + "/above", name: "/box.scope")
            var takeover = takeover(above)
            try "0::/box.scope/spoke\n".write(
                toFile: above.proc + "/self/cgroup", atomically: false, encoding: .utf8)
            takeover.isMarked = { $0 == above.group }
            #expect(refusal(takeover) == "taken")
            #expect(above.read("cgroup.subtree_control") == "+cpu +memory")
            #expect(files.read("cgroup.subtree_control") == "")
        }
    }

    @Test("a service of systemd is not, unless its unit takes the controllers back", arguments: [true, false])
    func service(isNamed: Bool) async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: isNamed ? "/system.slice/capstan.service" : "/")
            var takeover = takeover(files)
            takeover.isMarked = { $0 == files.group }
            takeover.isService = !isNamed
            #expect(refusal(takeover).contains("CAPSTAN_UNIT_LIFTS_LIMITS=1"))
            takeover.unitLifts = true
            #expect(refusal(takeover) == "taken")
        }
    }

    @Test("nobody's gift is left alone")
    func notDelegated() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/user.slice/session-1.scope")
            #expect(refusal(takeover(files)).hasSuffix("is not delegated to this process"))
            #expect(!FileManager.default.fileExists(atPath: files.group + "/spoke"))
        }
    }

    @Test("the root of a container is ours, that of the machine is not")
    func roots() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/")
            #expect(refusal(takeover(files)) == "this process is in the machine's root group")
            try files.write("domain\n", "cgroup.type")
            #expect(refusal(takeover(files)) == "taken")
        }
    }

    @Test("a container's root with others in it is ours only as PID 1, and never with what cannot be seen")
    func strangers() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/")
            try files.write("domain\n", "cgroup.type")
            for (pid, parent) in [(1, 0), (40, 1), (50, 40), (60, 50), (61, 60), (70, 1)] as [(Int32, Int32)] {
                try files.process(pid, parent: parent)
            }
            let others = "there are other processes in the container's root group"
            // Its family may be moved, which these files cannot show to the end.
            try files.write("1\n40\n50\n60\n61\n", "cgroup.procs")
            #expect(refusal(takeover(files)).hasPrefix("move all processes"))
            try files.write("1\n40\n50\n70\n", "cgroup.procs")
            #expect(refusal(takeover(files)) == others)
            var first = takeover(files)
            first.pid = 1
            #expect(refusal(first).hasPrefix("move all processes"))
            try files.write("0\n1\n", "cgroup.procs")
            #expect(refusal(first) == others)
        }
    }

    @Test("without both controllers it is not, and the missing one is named")
    func controllers() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/box.scope", controllers: "memory pids")
            var takeover = takeover(files)
            takeover.isMarked = { $0 == files.group }
            #expect(refusal(takeover) == "the group /box.scope has no controller cpu")
            #expect(!FileManager.default.fileExists(atPath: files.group + "/spoke"))
        }
    }
}

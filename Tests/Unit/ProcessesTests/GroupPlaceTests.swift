import Foundation
import TestKit
import Testing

@testable import Processes

@Suite("The place of a process in the cgroup v2 hierarchy")
struct GroupPlaceTests {
    @Test("is found where cgroup v1 has a part of the controllers, too")
    func found() async throws {
        try await withFolder { folder in
            let files = try GroupFiles(in: folder, name: "/a/b")
            let place = try GroupPlace.own(proc: files.proc)
            #expect(place == GroupPlace(name: "/a/b", group: ControlGroup(files.group)))
            #expect(place.parent == GroupPlace(name: "/a", group: ControlGroup(files.mount + "/a")))
            #expect(place.parent?.parent == GroupPlace(name: "/", group: ControlGroup(files.mount)))
            #expect(place.parent?.parent?.parent == nil)
            #expect(place.lastName == "b")
        }
    }

    @Test(
        "is told through the mount that shows it",
        arguments: [
            ("/", "/", "/m"), ("/a", "/", "/m/a"), ("/a/b", "/a", "/m/b"), ("/a", "/a", "/m"), ("/ab", "/a", nil),
            ("/a", "/../x", nil),
        ])
    func mounted(name: String, root: String, path: String?) async throws {
        try await withFolder { folder in
            let proc = try GroupFiles(in: folder, name: name).proc
            let mounts = "30 22 0:26 \(root) /m rw - cgroup2 c rw\n"
            try mounts.write(toFile: proc + "/self/mountinfo", atomically: false, encoding: .utf8)
            #expect((try? GroupPlace.own(proc: proc))?.group.path == path)
        }
    }

    @Test("is none without cgroup v2, without its mount, or without files to tell")
    func none() async throws {
        try await withFolder { folder in
            let proc = try GroupFiles(in: folder, name: "/a").proc
            try "30 22 0:26 / /m rw - cgroup c rw\nnonsense\n1 2 3 4 5 6 -\n".write(
                toFile: proc + "/self/mountinfo", atomically: false, encoding: .utf8)
            #expect(throws: LimitsRefused("cgroup v2 is not mounted")) { try GroupPlace.own(proc: proc) }
            try "4:cpu:/a\n".write(toFile: proc + "/self/cgroup", atomically: false, encoding: .utf8)
            #expect(throws: LimitsRefused("there is no cgroup v2 here")) { try GroupPlace.own(proc: proc) }
            #expect(throws: LimitsRefused("there is no cgroup v2 here")) { try GroupPlace.own(proc: folder + "/no") }
        }
    }
}

import Daemon
import Glibc
import TestKit
import Testing

@Suite("The state directory")
struct StateDirectoryTests {
    @Test("the flag wins over the variable, the variable over the defaults")
    func order() throws {
        let environment = ["CAPSTAN_STATE_DIR": "/v", "XDG_STATE_HOME": "/x", "HOME": "/h"]
        #expect(try StateDirectory.resolve(.hub, flag: "/f/", environment: environment, isRoot: true).path == "/f")
        #expect(try StateDirectory.resolve(.hub, environment: environment, isRoot: true).path == "/v")
        let plain = environment.filter { $0.key != "CAPSTAN_STATE_DIR" }
        #expect(try StateDirectory.resolve(.spoke, environment: plain, isRoot: true).path == "/var/lib/capstan/spoke")
        #expect(try StateDirectory.resolve(.spoke, environment: plain, isRoot: false).path == "/x/capstan/spoke")
        #expect(
            try StateDirectory.resolve(.hub, environment: ["HOME": "/h"], isRoot: false).path
                == "/h/.local/state/capstan/hub")
    }

    @Test("a relative XDG directory is ignored, as its specification asks")
    func relativeXDG() throws {
        let environment = ["XDG_STATE_HOME": "x", "XDG_CONFIG_HOME": "y", "HOME": "/h"]
        #expect(
            try StateDirectory.resolve(.hub, environment: environment, isRoot: false).path
                == "/h/.local/state/capstan/hub")
        #expect(try StateDirectory.configuration(environment: environment).path == "/h/.config/capstan")
    }

    @Test("contexts follow CAPSTAN_CONFIG_DIR, then XDG")
    func configuration() throws {
        #expect(
            try StateDirectory.configuration(environment: ["CAPSTAN_CONFIG_DIR": "/c", "HOME": "/h"]).path == "/c")
        #expect(try StateDirectory.configuration(environment: ["XDG_CONFIG_HOME": "/x"]).path == "/x/capstan")
    }

    @Test("without a home the message says which variable to set")
    func noHome() {
        let error = #expect(throws: StateDirectory.Unresolved.self) {
            try StateDirectory.resolve(.hub, environment: [:], isRoot: false)
        }
        #expect(error?.description.contains("CAPSTAN_STATE_DIR") == true)
    }

    @Test("it is made with its parents, 0700, and tightened when it was open")
    func create() async throws {
        try await withFolder { folder in
            let directory = StateDirectory(path: folder + "/a/b/c")
            try directory.create()
            #expect(mode(of: folder + "/a") == 0o700)
            #expect(mode(of: directory.path) == 0o700)
            chmod(directory.path, 0o755)
            try directory.create()
            #expect(mode(of: directory.path) == 0o700)
            #expect(mode(of: try directory.subdirectory("keys").path) == 0o700)
        }
    }

    @Test("a file in its place is refused with a reason")
    func notADirectory() async throws {
        try await withFolder { folder in
            try AtomicFile.write("x", to: folder + "/f")
            #expect(throws: FileError.unsafeDirectory(folder + "/f", reason: "it is not a directory")) {
                try StateDirectory(path: folder + "/f").create()
            }
        }
    }

    @Test("another user's directory is refused", .enabled(if: geteuid() == 0, "only root can give a directory away"))
    func otherOwner() async throws {
        try await withFolder { folder in
            mkdir(folder + "/d", 0o777)
            chown(folder + "/d", 12345, 12345)
            #expect(throws: FileError.self) { try StateDirectory(path: folder + "/d").create() }
        }
    }

    @Test("An empty flag is refused as misuse, and leads nowhere")
    func emptyFlag() {
        let error = #expect(throws: StateDirectory.Unresolved.self) {
            try StateDirectory.resolve(.hub, flag: "", environment: ["CAPSTAN_STATE_DIR": "/d"], isRoot: true)
        }
        #expect(error?.isMisuse == true)
    }
}

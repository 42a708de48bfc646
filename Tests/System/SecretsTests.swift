import Foundation
import TestKit
import Testing

/// Nothing that is secret stands anywhere but where it belongs: looked for in every file and output of a fleet that was
/// used, and in the process list while it ran.
@Suite("secrets on the real binary", .serialized)
struct SecretsTests {
    private let value = "env-value-5c1f9d20"
    private let execValue = "exec-value-77ab3e15"
    private let input = "stdin-text-0b6d4c88"

    @Test("tokens, keys, variables and input are in no log, event, error, database or process list")
    func nowhere() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            var secrets = try keys(of: fleet)
            let tokens = try await useTokens(fleet)
            for token in tokens { secrets += parts(of: token) }
            try await useViewer(fleet, token: tokens[1])
            let running = try await work(fleet)
            try look(for: [value, execValue, input], in: processList(), "the process list", except: running)
            try await rotate(fleet)
            secrets += try keys(of: fleet)
            secrets += [value, execValue, input]
            #expect(secrets.count > 20)
            _ = await fleet.stopSpoke("one")
            fleet.hub?.signal(SIGTERM)
            _ = await fleet.hub?.wait(seconds: 20)
            for file in try files(of: fleet) { try look(for: secrets, in: file, fleet) }
        }
    }

    @Test("everything in state directories is for its owner alone, whatever the umask is")
    func modes() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            _ = try await fleet.run("run", "--detach", "--", "sleep", "60")
            try await until("a workload runs") {
                try await fleet.run("workload", "list", "--state", "running", "-q").text.isEmpty == false
            }
            var seen: Set<String> = []
            for name in ["hub", "one", "config"] {
                let root = fleet.path(name)
                let below = FileManager.default.enumerator(atPath: root)?.allObjects.compactMap { $0 as? String } ?? []
                #expect(!below.isEmpty)
                for path in [root] + below.map({ root + "/" + $0 }) {
                    let attributes = try FileManager.default.attributesOfItem(atPath: path)
                    let mode = (attributes[.posixPermissions] as? Int) ?? 0o777
                    #expect(mode & 0o077 == 0, "\(path): \(String(mode, radix: 8))")
                    seen.insert(path.split(separator: "/").last.map { String($0) } ?? "")
                }
            }
            #expect(seen.isSuperset(of: ["hub-key.pem", "hub.db", "hub.log", "secret-key", "spoke.log"]), "\(seen)")
        }
    }
}

// MARK: - Using the fleet

extension SecretsTests {
    /// Tokens that were made, used, guessed at and revoked; the second let in an operator.
    private func useTokens(_ fleet: Fleet) async throws -> [String] {
        let spoke = try await fleet.token()
        let login = try await fleet.token("--kind", "operator", "--role", "viewer")
        let other = try await fleet.token("--uses", "3")
        for (number, token) in [spoke, spoke, other].enumerated() {
            let file = try written(token, "token-\(number)", fleet)
            _ = try await fleet.run("spoke", "join", "@\(file)", "--state-dir", fleet.path("joined-\(number)"))
        }
        _ = try await fleet.run("token", "revoke", "-o", "json", other)
        _ = try await fleet.run(
            "spoke", "join", "@\(try written(other, "revoked", fleet))", "--state-dir", fleet.path("late"))
        _ = try await fleet.run("token", "list", "-o", "json")
        return [spoke, login, other]
    }

    /// A viewer looks at everything there is to look at.
    private func useViewer(_ fleet: Fleet, token: String) async throws {
        let environment = ["CAPSTAN_CONFIG_DIR": fleet.path("viewer")]
        let file = try written(token, "login", fleet)
        let login = try await fleet.run("login", "@\(file)", "--name", "vera", environment: environment)
        #expect(login.code == 0, "\(login.err)")
    }

    /// A workload and an exec with variables and input, looked at by everybody; returns the pid of the workload's program.
    private func work(_ fleet: Fleet) async throws -> Set<Int32> {
        let job = try written(
            "name: job\ncmd: [sh, -c, 'echo $$; exec sleep 300']\nenv: {SECRET: \(value)}\n", "job.yaml", fleet)
        let submitted = try await fleet.run("run", "--detach", "-f", job)
        #expect(submitted.code == 0, "\(submitted.err)")
        try await until("the program says its pid") {
            try await !fleet.run("workload", "logs", "job").text.isEmpty
        }
        let pid = try await fleet.run("workload", "logs", "job").text.trimmingCharacters(in: .whitespacesAndNewlines)
        let text = URL(fileURLWithPath: try written(input + "\n", "input", fleet))
        // The command line of the caller's own is the caller's own; so the value is given in a file's place.
        let exec = try await fleet.shell(
            "exec '\(try BuiltBinary.path())' exec one --env SECRET=\(execValue) -- sh -c 'cat >/dev/null; exit 3'"
                + " <'\(text.path)'"
        ).wait()
        #expect(exec.code == 3, "\(exec.err)")
        let viewer = ["CAPSTAN_CONFIG_DIR": fleet.path("viewer")]
        for command in [
            ["workload", "list", "-o", "json"], ["workload", "show", "job", "-o", "json"], ["events", "-o", "json"],
            ["call", "workload/show", #"{"workload":"job"}"#], ["workload", "receipt", "job"],
            ["workload", "cancel", "job"],
        ] {
            let shown = try await fleet.start(command, environment: viewer).wait()
            #expect(!(shown.text + shown.err).contains(value), "\(command)")
        }
        _ = try await fleet.run("workload", "list", "-o", "json")
        _ = try await fleet.run("events", "-o", "json")
        return Set([Int32(pid) ?? 0])
    }

    private func rotate(_ fleet: Fleet) async throws {
        for command in [
            ["hub", "rotate-key", "--state-dir", fleet.path("hub")],
            ["spoke", "rotate-key", "--state-dir", fleet.path("one")],
        ] {
            let rotated = try await fleet.start(command).wait()
            #expect(rotated.code == 0, "\(command): \(rotated.err)")
        }
        let cancelled = try await fleet.run("workload", "cancel", "job")
        #expect(cancelled.code == 0, "\(cancelled.err)")
        try await until("the workload has ended") {
            try await fleet.run("workload", "list", "--state", "cancelled", "-q").text.isEmpty == false
        }
    }

    private func written(_ text: String, _ name: String, _ fleet: Fleet) throws -> String {
        let path = fleet.path("given-" + name)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

// MARK: - Looking

extension SecretsTests {
    /// What must not be seen of a token: its text, and its secret as it stands in it.
    private func parts(of token: String) -> [String] {
        var base = String(token.dropFirst("cap1_".count)).replacing("-", with: "+").replacing("_", with: "/")
        base += String(repeating: "=", count: (4 - base.count % 4) % 4)
        let json = try? JSONSerialization.jsonObject(with: Data(base64Encoded: base) ?? Data())
        let secret = (json as? [String: Any])?["s"] as? String
        return [token, secret ?? token]
    }

    /// The lines of every private key that is there now.
    private func keys(of fleet: Fleet) throws -> [String] {
        try files(of: fleet).filter { $0.hasSuffix(".pem") }.flatMap { path in
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { String($0) }
                .filter { $0.count > 20 && !$0.hasPrefix("-----") }
        }
    }

    /// Every file of the fleet: what its programs printed is among them.
    private func files(of fleet: Fleet) throws -> [String] {
        let all =
            FileManager.default.enumerator(atPath: fleet.folder.path)?.allObjects.compactMap { $0 as? String } ?? []
        return all.map { fleet.folder.path + "/" + $0 }.filter { path in
            let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            return type == .typeRegular
        }
    }

    private func look(for secrets: [String], in file: String, _ fleet: Fleet) throws {
        let name = String(file.dropFirst(fleet.folder.path.count + 1))
        // Where they belong: key files, and what the test gave; a token is printed once, to whoever made it.
        guard !file.hasSuffix(".pem"), !name.hasPrefix("given-") else { return }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let isAnswer = name.hasSuffix(".out") && bytes.range(of: Data("cap1_".utf8)) != nil
        for secret in secrets where bytes.range(of: Data(secret.utf8)) != nil {
            if isAnswer, secret.hasPrefix("cap1_") { continue }
            // Its owner may read the value of a variable again.
            if name.hasSuffix(".out"), secret == value { continue }
            Issue.record("\(secret) stands in \(name)")
        }
    }

    /// The command line and the environment of every process of ours, by pid.
    private func processList() -> [Int32: String] {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
        return Dictionary(
            uniqueKeysWithValues: pids.map { pid in
                let parts = ["cmdline", "environ"].map { part in
                    (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/\(part)"))).map {
                        String(decoding: $0, as: UTF8.self)
                    } ?? ""
                }
                return (pid, parts.joined(separator: " "))
            })
    }

    /// - Parameter except: the programs whose variables these are.
    private func look(
        for secrets: [String], in list: [Int32: String], _ place: String, except programs: Set<Int32>
    ) throws {
        #expect(programs.allSatisfy { list[$0]?.contains(value) == true }, "the program has its variable")
        for (pid, text) in list where !programs.contains(pid) {
            for secret in secrets where text.contains(secret) { Issue.record("\(secret) stands in \(place): \(pid)") }
        }
    }
}

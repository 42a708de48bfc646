import Foundation
import TestKit
import Testing

extension ContainerTests {
    private func attempts(_ fleet: Fleet, _ id: String) async throws -> [[String: Any]] {
        let shown = try #require(try await fleet.run("workload", "show", id, "-o", "json").json() as? [String: Any])
        return try #require(shown["attempts"] as? [[String: Any]])
    }

    @Test(
        "a workload with an image is a container: its output, its code, its reasons, and a receipt",
        arguments: RealEngine.Kind.here)
    func workload(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            let run = try await fleet.run(
                "run", "--image", "busybox", "--name", "c", "--env", "SECRET=hidden", "--cpus", "0.5", "--memory",
                "64M", "--",
                "sh", "-c", "echo out; echo err >&2; exit 3")
            #expect(run.code == 3 && run.text == "out\n" && run.err.contains("err\n"), "\(run.err)")
            #expect(try await fleet.run("workload", "receipt", "c", "--verify").code == 0)

            let oom = try await fleet.run(
                "run", "--image", "busybox", "--memory", "32M", "--", "sh", "-c",
                "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done")
            // Podman 4.3 does not notice it where cgroups of both versions are mounted.
            let isTold = oom.err.contains("more memory than its limit of 32 MiB")
            #expect(oom.code == 137 && (isTold || kind == .podman), "\(oom.err)")
            let missing = try await fleet.run("run", "--image", "busybox", "--", "no-such-program")
            #expect(missing.code == 127 && missing.err.contains("no-such-program"), "\(missing.code) \(missing.err)")
            let unpulled = try await fleet.run("run", "--image", "127.0.0.1:1/x:1", "--retries", "0", "--", "true")
            #expect(unpulled.code == 126 && unpulled.err.contains("could not be pulled"), "\(unpulled.err)")

            let started = try await fleet.run(
                "run", "--detach", "--image", "busybox", "--name", "long", "--env", "SECRET=hidden", "--", "sh", "-c",
                #"trap "echo bye; exit 5" TERM; while true; do sleep 0.1; done"#)
            #expect(started.code == 0, "\(started.err)")
            try await until("the container") { try await fleet.run("container", "list").text.contains("busybox") }
            let name = try #require(
                try await fleet.run("container", "list", "--quiet").text.split(separator: "\n").first)
            let inspected = try await fleet.run("container", "inspect", String(name), "--raw", "-o", "json")
            #expect(inspected.text.contains("SECRET") && !inspected.text.contains("hidden"))
            #expect(try await fleet.run("container", "exec", String(name), "--", "true").code == 0)
            #expect(try await fleet.run("workload", "cancel", "long").code == 0)
            try await until("its end") { try await fleet.workload("long")["state"] as? String == "cancelled" }
            #expect(try await fleet.run("workload", "logs", "long").text == "bye\n")
            try await until("no container left") { try await engine.docker("ps", "-aq").text.isEmpty }
        }
    }

    @Test(
        "twenty container workloads end once each, with their own codes, over kill -9 of the spoke and then of the engine",
        arguments: RealEngine.Kind.here
    )
    func killed(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            var ids: [String] = []
            // None ends before all have begun and both were killed.
            let gate = fleet.path("gate")
            try FileManager.default.createDirectory(atPath: gate, withIntermediateDirectories: true)
            for number in 1...20 {
                let run = try await fleet.run(
                    "run", "--detach", "--image", "busybox", "--mount", "source=\(gate),target=/gate", "--", "sh", "-c",
                    "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line $i; sleep 0.2; done; "
                        + "while ! [ -e /gate/open ]; do sleep 0.1; done; echo end; exit \(number)")
                #expect(run.code == 0, "\(run.err)")
                ids.append(run.text.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            try await until("twenty containers", seconds: 60) {
                try await engine.docker("ps", "-q").text.split(separator: "\n").count == 20
            }
            try await fleet.killSpoke("one")
            try await fleet.startSpoke("one")
            try await engine.kill()
            try await ContinuousClock().sleep(for: .seconds(1))
            try await engine.start()
            try Data().write(to: URL(filePath: gate + "/open"))
            for (place, id) in ids.enumerated() {
                let logs = try await fleet.run("workload", "logs", "-f", id, seconds: 90)
                let lines = logs.text.split(separator: "\n").map(String.init)
                #expect(lines == (1...60).map { "line \($0)" } + ["end"], "\(place): \(lines.count) lines")
                try await until("the end of \(place)") {
                    try await fleet.workload(id)["state"] as? String == "failed"
                }
                let attempts = try await attempts(fleet, id)
                #expect(attempts.count == 1 && attempts.first?["exitCode"] as? Int == place + 1, "\(attempts)")
            }
            try await until("no container left") { try await engine.docker("ps", "-aq").text.isEmpty }
        }
    }

    @Test(
        "what carries a container may be killed: the attempt is told as lost and the container goes",
        arguments: RealEngine.Kind.here)
    func carrierKilled(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            let run = try await fleet.run(
                "run", "--detach", "--image", "busybox", "--name", "orphan", "--retries", "0", "--", "sleep", "600")
            #expect(run.code == 0)
            try await until("the container") { try await !engine.docker("ps", "-q").text.isEmpty }
            try await until("running") { try await fleet.workload("orphan")["state"] as? String == "running" }
            let carriers = Machine.supervisors(below: fleet.folder.path).flatMap {
                Machine.children(of: $0, naming: "carry")
            }
            #expect(carriers.count == 1)
            for pid in carriers { kill(pid, SIGKILL) }
            try await until("its end") { try await fleet.workload("orphan")["state"] as? String == "failed" }
            #expect(
                try await fleet.run("workload", "show", "orphan").text.contains(
                    "what followed its container was killed"))
            try await until("no container left") { try await engine.docker("ps", "-aq").text.isEmpty }
        }
    }
}

import CallProtocol
import Engine
import NIOCore
import Operations
import Processes
import Testing

@testable import SpokeOperations

@Suite("Parts of the container operations")
struct ContainerPartsTests {
    @Test(
        "the name of an image is taken apart as registries need it",
        arguments: [
            ("busybox", "busybox", "latest", "https://index.docker.io/v1/"),
            ("nginx:1.27", "nginx", "1.27", "https://index.docker.io/v1/"),
            ("me/app", "me/app", "latest", "https://index.docker.io/v1/"),
            ("localhost:5000/app", "localhost:5000/app", "latest", "localhost:5000"),
            ("ghcr.io/me/app:v2", "ghcr.io/me/app", "v2", "ghcr.io"),
            ("ghcr.io/me/app@sha256:12", "ghcr.io/me/app", "sha256:12", "ghcr.io"),
            ("app:1@sha256:12", "app", "sha256:12", "https://index.docker.io/v1/"),
        ])
    func names(text: String, repository: String, tag: String, registry: String) {
        let name = ImageName(text)
        #expect(name.repository == repository && name.tag == tag && name.registry == registry)
    }

    @Test("a container's port is where it is published, else at its address, and words say where it is neither")
    func network() throws {
        func place(_ document: JSONValue, _ port: Int = 80) -> String {
            do throws(CallError) {
                let input = TunnelDialInput(host: "web.container", port: port)
                let place = try ContainerNetwork(inspected: document).place(of: input, in: "web")
                return "\(place.host):\(place.port)"
            } catch {
                return error.code == .unavailable ? error.message : "\(error)"
            }
        }
        let running: JSONValue = ["Status": "running"]
        let host: JSONValue = ["State": running, "HostConfig": ["NetworkMode": "host"]]
        #expect(place(host) == "127.0.0.1:80")
        let bound: JSONValue = [
            "State": running, "HostConfig": ["NetworkMode": "bridge"],
            "NetworkSettings": [
                "IPAddress": "172.17.0.2",
                "Ports": [
                    "80/tcp": [["HostIp": "0.0.0.0", "HostPort": "8080"], ["HostIp": "::", "HostPort": "8080"]],
                    "81/udp": [["HostIp": "0.0.0.0", "HostPort": "8081"]], "82/tcp": .null,
                    "83/tcp": [["HostIp": "192.0.2.7", "HostPort": "8083"]],
                ],
            ],
        ]
        #expect(place(bound) == "127.0.0.1:8080" && place(bound, 81) == "172.17.0.2:81")
        #expect(place(bound, 82) == "172.17.0.2:82" && place(bound, 83) == "192.0.2.7:8083")
        let own: JSONValue = [
            "State": running, "NetworkSettings": ["IPAddress": "", "Networks": ["mine": ["IPAddress": "10.89.0.3"]]],
        ]
        #expect(place(own) == "10.89.0.3:80")
        #expect(
            place(["State": running]) == "port 80 of container web is not published, and it has no address of its own")
        #expect(place(["State": ["Status": "exited"]]) == "container web is not running: it is exited")
        #expect(place(.null) == "container web is not running: it is unknown")
    }

    @Test("times become what engines want, to the nanosecond")
    func times() {
        #expect(EngineTime.query("1970-01-01T00:00:01Z") == "1.000000000")
        #expect(EngineTime.query("1970-01-01T00:00:01.5Z") == "1.500000000")
        #expect(EngineTime.query("1970-01-01T01:00:01.123456789+01:00") == "1.123456789")
        #expect(EngineTime.query("yesterday") == nil)
        for text in [
            "1970-01-01T00:00:01Z", "1970-01-01T00:00:01.5Z", "1970-01-01T01:00:01.123456789+01:00",
            "2026-11-21T18:10:34.773807469Z",
        ] {
            #expect(EngineTime.nanoseconds(text).map { EngineTime.query(nanoseconds: $0) } == EngineTime.query(text))
        }
        #expect(EngineTime.nanoseconds("yesterday") == nil && EngineTime.nanoseconds("9999-01-01T00:00:00Z") == nil)
        #expect(EngineTime.real("0001-01-01T00:00:00Z") == nil && EngineTime.real("") == nil)
    }

    @Test("use is computed as the engine's own client does")
    func stats() throws {
        let json = try RawJSON(
            validating: ByteBuffer(
                string: #"""
                    {"read":"2026-11-21T10:00:01Z","pids_stats":{"current":3},
                    "cpu_stats":{"cpu_usage":{"total_usage":300000000},"system_cpu_usage":20000000000,"online_cpus":4},
                    "precpu_stats":{"cpu_usage":{"total_usage":100000000},"system_cpu_usage":16000000000},
                    "memory_stats":{"usage":5000,"limit":100000,"stats":{"inactive_file":1000}},
                    "networks":{"a":{"rx_bytes":1,"tx_bytes":2},"b":{"rx_bytes":10,"tx_bytes":20}},
                    "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":7},{"op":"write","value":8},{"op":"Sync","value":9}]}}
                    """#)
        ).value()
        let stats = try #require(ContainerStats(json))
        #expect(abs(stats.cpuPercent - 20) < 0.001)
        #expect(stats.memoryUsed == 4000 && stats.memoryLimit == 100_000 && stats.processes == 3)
        #expect(stats.networkReceived == 11 && stats.networkSent == 22)
        #expect(stats.blockRead == 7 && stats.blockWritten == 8)
        #expect(ContainerStats(["read": "0001-01-01T00:00:00Z"]) == nil)
    }

    @Test("a container is described to the engine with all that was asked for, and without what was not")
    func body() throws {
        var spec = ContainerSpec(image: "i")
        spec.cmd = ["a", "b"]
        spec.env = ["X": "1", "A": "="]
        spec.mounts = [
            ContainerMount(source: "/s", target: "/t", readOnly: true),
            ContainerMount(type: .tmpfs, source: nil, target: "/m"),
        ]
        spec.ports = [ContainerPort(container: 80, host: 8080), ContainerPort(container: 53, protocol: .udp)]
        spec.resources = ContainerResources(cpus: 0.5, memoryMB: 64, gpus: -1)
        spec.restart = .unlessStopped
        let body = ContainerBody.json(spec, labels: ["l": "v"], keepsBytes: false)
        #expect(body["Env"] == ["A==", "X=1"] && body["Cmd"] == ["a", "b"] && body["Labels"] == ["l": "v"])
        let host = try #require(body["HostConfig"])
        #expect(host["NanoCpus"] == 500_000_000 && host["Memory"] == 67_108_864)
        #expect(host["DeviceRequests"]?[0]?["Count"] == -1 && host["RestartPolicy"]?["Name"] == "unless-stopped")
        #expect(
            host["PortBindings"]?["80/tcp"]?[0]?["HostPort"] == "8080"
                && host["PortBindings"]?["53/udp"]?[0]?["HostPort"] == "")
        #expect(host["Mounts"]?[0]?["ReadOnly"] == true && host["Mounts"]?[1]?["Source"] == nil)
        #expect(host["LogConfig"]?["Type"] == "local")
        let bare = ContainerBody.json(ContainerSpec(image: "i"), labels: [:], keepsBytes: true)
        #expect(bare["HostConfig"] == [:] && bare["Cmd"] == nil)
    }

    @Test("Capstan's labels cannot be set, and the caller's others stay")
    func labels() {
        let labels = ContainerLabels(prefix: "capstan.")
        #expect(labels.forbidden(in: ["a": "1", "capstan.owner": "x"]) == "capstan.owner")
        #expect(labels.forbidden(in: ["a": "1"]) == nil)
        let merged = labels.merged([labels.owner: "p"], into: ["a": "1"])
        #expect(merged == ["a": "1", "capstan.owner": "p", "capstan.workload": "", "capstan.attempt": ""])
    }

    @Test("a cursor of events is read back as it was written")
    func cursor() {
        let cursor = ContainerEvents.Cursor(nanoseconds: 1_795_284_653_000_000_010, count: 2)
        #expect(ContainerEvents.Cursor(cursor.text) == cursor && cursor.since == "1795284653.000000010")
        for text in ["", "1", "a.b", "-1.0", "1.2.3"] { #expect(ContainerEvents.Cursor(text) == nil) }
    }

    @Test("a log that is read again tells what is new on each output, and nothing twice, whatever the order in it")
    func cursorOfLogs() throws {
        func entry(_ output: EngineOutput, _ second: Int, _ text: String) -> LogEntry {
            LogEntry(
                output: output, timestamp: "2026-11-21T10:00:0\(second).000000000Z", bytes: ByteBuffer(string: text),
                isPartial: false)
        }
        // The second part of a long line has the time of the first, and stands behind what the other output wrote since.
        let log = [
            entry(.stdout, 1, "part 1"), entry(.stderr, 2, "error"), entry(.stdout, 1, "part 2"),
            entry(.stdout, 3, "more"),
            entry(.stderr, 3, "last"),
        ]
        for cut in 0...log.count {
            var cursor = LogCursor(ContainerLogsInput(container: "c", follow: true), isFramed: true)
            _ = try cursor.query(follows: true)
            var told = log.prefix(cut).filter { cursor.take($0) }
            _ = try cursor.query(follows: true)
            told += log.filter { cursor.take($0) }
            #expect(told == log, "cut at \(cut)")
        }
    }

    @Test(
        "a container's end is told by its own code, by the kernel only where it was ended, and as lost where nobody saw it"
    )
    func verdicts() {
        func end(_ code: Int32, _ signal: Int32? = nil, _ change: (inout ContainerVerdict) -> Void) -> AttemptEnd {
            var verdict = ContainerVerdict()
            verdict.id = "c"
            verdict.startedMs = 5
            change(&verdict)
            return verdict.end(ExitRecord(exit: ProcessExit(code: code, signal: signal)))
        }
        func record(_ end: AttemptEnd) -> ExitRecord? { if case .exited(let record) = end { record } else { nil } }
        #expect(record(end(3) { $0.hasExited = true })?.exit == ProcessExit(code: 3))
        #expect(record(end(3) { $0.hasExited = true })?.startedMs == 5)
        let killed = record(end(137) { ($0.hasExited, $0.oomKilled) = (true, true) })
        #expect(killed?.outOfMemory == .limit && killed?.exit.signal == 9)
        // A child was killed for memory, and the program went on.
        let child = record(end(0) { ($0.hasExited, $0.oomKilled) = (true, true) })
        #expect(child?.outOfMemory == nil && child?.exit.code == 0)
        #expect(record(end(127) { $0.failure = "no such program" })?.reason == .launch)
        if case .noSupervisor = end(126, nil, { ($0.failure, $0.isMachines) = ("away", true) }) {
        } else {
            Issue.record()
        }
        if case .lost = end(0, 9, { _ in }) {} else { Issue.record() }
        // Its carrier ended in order: only the last word had no room.
        #expect(record(end(4) { _ in })?.exit.code == 4)
    }
}

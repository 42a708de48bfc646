import CallProtocol
import Engine
import NIOCore
import Operations
import Synchronization
import TestKit
import Testing

@testable import SpokeOperations

/// A container's whole document, as engines write it.
func document(
    _ id: String, state: String = "running", exitCode: Int = 0, owner: String? = nil, tty: Bool = false,
    oom: Bool = false
) -> String {
    let labels = owner.map { #"{"capstan.managed":"true","capstan.owner":"\#($0)"}"# } ?? "{}"
    let ended = state == "exited" ? "2026-11-21T10:00:05Z" : "0001-01-01T00:00:00Z"
    return #"""
        {"Id":"\#(id)","Name":"/name-\#(id)","Created":"2026-11-21T10:00:00Z","Path":"sh","Args":[],"RestartCount":0,
        "State":{"Status":"\#(state)","Running":\#(state == "running"),"ExitCode":\#(exitCode),"OOMKilled":\#(oom),
        "StartedAt":"2026-11-21T10:00:01Z","FinishedAt":"\#(ended)"},
        "Config":{"Image":"busybox","Tty":\#(tty),"Labels":\#(labels),"Env":["A=1"]},"Mounts":[],"NetworkSettings":{"Ports":{}}}
        """#
}

@Suite("Containers, on an engine that says what a test tells it")
struct ContainerServiceTests {
    /// A spoke that uses the fake engine.
    private func with(
        _ script: @escaping FakeEngine.Script, _ body: @escaping @Sendable (Spoke, FakeEngine) async throws -> Void
    ) async throws {
        try await FakeEngine.with(script) { engine, group in
            try await withFolder { folder in
                try await withSpoke(folder) {
                    $0.engine = EnginePlace(EngineAddress(path: engine.path), group: group)
                } _: { spoke in
                    try await body(spoke, engine)
                }
            }
        }
    }

    private static func frame(_ kind: UInt8, _ text: String) -> [UInt8] {
        [kind, 0, 0, 0] + withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { Array($0) } + Array(text.utf8)
    }

    @Test("a kept session whose program cannot be told to what carries it is refused, and nothing is left of it")
    func tooLong() async throws {
        try await with { request in
            request.path == "/containers/box/json" ? [.json(document("box"))] : []
        } _: { spoke, _ in
            var input = TTYOpenInput(cmd: ["env"], env: ["LONG": String(repeating: "x", count: 130_000)])
            (input.backend, input.container) = ("container", "box")
            input.session = SessionRequest(name: "long", keep: true)
            let asked = input
            let refused = await refusal { try await spoke.client.session(TTYOperations.open, asked) }
            #expect(refused?.code == .invalidInput)
            #expect(refused?.message.contains("130048 are the most") == true, "\(refused?.message ?? "")")
            let left = try await spoke.client.call(TTYOperations.list, TTYListInput())
            #expect(left.sessions.isEmpty)
        }
    }

    @Test("without an engine every operation says so, and everything else works")
    func none() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let refused = await refusal {
                    try await spoke.client.call(ContainerOperations.list, ContainerListInput())
                }
                #expect(refused?.code == .failedPrecondition)
                #expect(refused?.message.hasPrefix("no container engine on this node") == true)
                let facts = try await spoke.client.call(HostOperations.facts, Empty())
                #expect(facts.cpus > 0)
            }
        }
    }

    @Test("an engine that was never there, though an operator named it, is told with its place")
    func chosen() async throws {
        try await FakeEngine.with { _ in
            []
        } _: { engine, group in
            let path = engine.path
            await engine.stop()
            try await withFolder { folder in
                try await withSpoke(folder) {
                    $0.engine = EnginePlace(environment: ["DOCKER_HOST": "unix://" + path], group: group)
                } _: { spoke in
                    let refused = await refusal {
                        try await spoke.client.call(ContainerOperations.list, ContainerListInput())
                    }
                    #expect(refused?.code == .failedPrecondition && refused?.message.contains(path) == true)
                }
                try await withSpoke(folder) {
                    $0.engine = EnginePlace(environment: ["DOCKER_HOST": "tcp://10.0.0.1:2375"], group: group)
                } _: { spoke in
                    let refused = await refusal { try await spoke.client.call(ImageOperations.list, Empty()) }
                    #expect(refused?.message.contains("DOCKER_HOST: `tcp://10.0.0.1:2375`") == true)
                }
            }
        }
    }

    @Test("an engine that answers nonsense is told as that, and one that goes away as away until it is back")
    func away() async throws {
        try await with { request in
            request.path == "/containers/json"
                ? [.json("[]")] : request.path == "/images/json" ? [.text("garbage\r\n\r\n")] : []
        } _: { spoke, engine in
            let nonsense = await refusal { try await spoke.client.call(ImageOperations.list, Empty()) }
            #expect(nonsense?.code == .internalError, "\(String(describing: nonsense))")
            #expect(try await spoke.client.call(ContainerOperations.list, ContainerListInput()).containers == [])
            await engine.stop()
            try await eventually {
                await refusal { try await spoke.client.call(ContainerOperations.list, ContainerListInput()) }?.code
                    == .unavailable
            }
            try await engine.start()
            #expect(try await spoke.client.call(ContainerOperations.list, ContainerListInput()).containers == [])
        }
    }

    @Test("a log that broke off is asked for behind its last entry, and what comes again is not told again")
    func logsResume() async throws {
        let times = ["2026-11-21T10:00:00.000000001Z", "2026-11-21T10:00:00.000000002Z"]
        let first =
            Self.frame(1, times[0] + " one\n") + Self.frame(2, times[1] + " two\n")
            + Self.frame(1, times[1] + " three\n")
        let second =
            Self.frame(2, times[1] + " two\n") + Self.frame(1, times[1] + " three\n")
            + Self.frame(1, times[1] + " four\n")
        try await with { request in
            switch request.path {
            case "/containers/web/json", "/containers/c1/json":
                [.json(document("c1", state: request.query["late"] == nil ? "running" : "exited"))]
            case "/containers/c1/logs":
                request.query["since"] == nil
                    // Breaks off in the middle of a frame.
                    ? [.chunked, .chunk(first + Self.frame(1, times[1] + " lost").dropLast(3)), .pause]
                    : [.chunked, .chunk(second), .lastChunk]
            default: []
            }
        } _: { spoke, engine in
            let entries = try spoke.client.subscribe(
                ContainerOperations.logs, ContainerLogsInput(container: "web", follow: true))
            defer { entries.close() }
            var texts: [String?] = []
            while texts.count < 4, let entry = try await entries.next() { texts.append(entry.text) }
            #expect(texts == ["one", "two", "three", "four"])
            let asked = engine.requests.filter { $0.path == "/containers/c1/logs" }
            #expect(asked.count >= 2 && asked[1].query["since"] == "1795255198.000000002")
        }
    }

    @Test("a wait goes on over the engine's absence and gives the true code")
    func waits() async throws {
        let hasEnded = Atomic<Bool>(false)
        try await with { request in
            switch request.path {
            case "/containers/c1/json":
                [
                    .json(
                        document(
                            "c1", state: hasEnded.load(ordering: .relaxed) ? "exited" : "running", exitCode: 9,
                            oom: true))
                ]
            case "/containers/c1/wait": [.chunked, .hold]
            default: []
            }
        } _: { spoke, engine in
            async let exit = spoke.client.call(ContainerOperations.wait, ContainerRef(container: "c1"))
            try await eventually { engine.requests.contains { $0.path == "/containers/c1/wait" } }
            await engine.stop()
            hasEnded.store(true, ordering: .relaxed)
            try await engine.start()
            #expect(try await exit == ContainerExit(exitCode: 9, oomKilled: true))
        }
    }

    @Test("never more execs than allowed are asked of the engine at once, and all come to their turn")
    func execsAreBounded() async throws {
        let open = Mutex((now: 0, most: 0))
        try await with { request in
            switch request.path {
            case "/containers/c1/json": return [.json(document("c1"))]
            case "/containers/c1/exec":
                open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                return [.json(#"{"Id":"e1"}"#, status: 201)]
            case "/exec/e1/start": return [.upgraded, .bytes(ByteBuffer(bytes: Self.frame(1, "out"))), .pause, .pause]
            case "/exec/e1/json":
                open.withLock { $0.now -= 1 }
                return [.json(#"{"Running":false,"ExitCode":4}"#)]
            default: return []
            }
        } _: { spoke, _ in
            try await withThrowingTaskGroup(of: [ContainerExecOutput].self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        let outputs = try spoke.client.subscribe(
                            ContainerOperations.exec, ContainerExecInput(container: "c1", cmd: ["true"]))
                        var all: [ContainerExecOutput] = []
                        while let output = try await outputs.next() { all.append(output) }
                        return all
                    }
                }
                for try await outputs in group {
                    #expect(
                        outputs.first?.text == "out" && outputs.last?.exitCode == 4 && outputs.last?.terminal == true)
                }
            }
            #expect(open.withLock { $0.most } <= 16)
        }
    }

    @Test(
        "a pull tells each layer, ends with the image, and passes the registry's words on; credentials go to the engine alone"
    )
    func pulls() async throws {
        try await with { request in
            switch (request.path, request.query["fromImage"]) {
            case ("/images/create", "ghcr.io/me/app"):
                [
                    .chunked,
                    .chunk(
                        Array(#"{"status":"Downloading","progressDetail":{"current":5,"total":10},"id":"abc"}"#.utf8)
                            + [10]),
                    .chunk(Array(#"{"status":"Pull complete","id":"abc"}"#.utf8) + [10]), .lastChunk,
                ]
            case ("/images/create", "denied"):
                [
                    .chunked,
                    .chunk(Array(#"{"errorDetail":{"message":"denied: who are you"},"error":"denied"}"#.utf8)),
                    .lastChunk,
                ]
            case ("/images/create", _): [.json(#"{"message":"manifest unknown"}"#, status: 500)]
            case ("/images/ghcr.io/me/app%3A1/json", _): [.json(#"{"Id":"sha256:1","Size":3}"#)]
            default: []
            }
        } _: { spoke, engine in
            func pull(_ input: ImagePullInput) async throws -> [ImageProgress] {
                let steps = try spoke.client.subscribe(ImageOperations.pull, input)
                var all: [ImageProgress] = []
                while let step = try await steps.next() { all.append(step) }
                return all
            }
            let steps = try await pull(
                ImagePullInput(image: "ghcr.io/me/app:1", auth: RegistryAuth(username: "me", password: "s3cret")))
            #expect(steps.map(\.status) == ["Downloading", "Pull complete", "Pulled"])
            #expect(steps.first?.current == 5 && steps.last?.image == "sha256:1" && steps.last?.terminal == true)
            // Not the first request of all: the spoke may have looked for its containers before.
            let asked = try #require(engine.requests.first { $0.path == "/images/create" })
            let header = try #require(asked.headers["x-registry-auth"])
            #expect(!header.contains("+") && !header.contains("/") && asked.query["tag"] == "1")
            for (image, reason) in [("denied", "who are you"), ("nonesuch", "manifest unknown")] {
                let failed = await refusal { try await pull(ImagePullInput(image: image)) }
                #expect(failed?.code == ContainerError.pullFailed && failed?.message.contains(reason) == true)
            }
        }
    }
}

@Suite("Which containers somebody may use")
struct ContainerAccessTests {
    private func view(owner: String?) -> ContainerView {
        var view = ContainerView(id: "c1", name: "web", image: "i", state: "running", createdAt: "")
        view.owner = owner
        view.managed = owner != nil
        return view
    }

    private func access(_ peer: String?, _ resources: [String]?) -> ContainerAccess {
        ContainerAccess(
            Caller(
                peer: "hub", name: "hub", role: "", grants: [],
                forwardedFor: peer.map { ForwardedFor(peer: $0, name: $0, role: "operator", resources: resources) }))
    }

    @Test("one's own, those that a grant names, and every one for the hub itself")
    func rules() {
        #expect(access("p1", []).covers(view(owner: "p1")))
        #expect(!access("p1", []).covers(view(owner: "p2")) && !access("p1", []).covers(view(owner: nil)))
        #expect(!access("p1", nil).covers(view(owner: "p2")), "a hub that says nothing gives nothing more")
        #expect(access("p1", ["we*"]).covers(view(owner: nil)) && access("p1", ["c1"]).covers(view(owner: "p2")))
        #expect(!access("p1", ["db*"]).covers(view(owner: "p2")))
        #expect(access("p1", ["*"]).covers(view(owner: nil)) && access(nil, nil).covers(view(owner: "p2")))
    }

    @Test("only a role with every scope has them all without naming them")
    func patterns() throws {
        func patterns(_ grants: [Grant]) -> [String]? {
            Caller(peer: "p", name: "p", role: "r", grants: grants)
                .containers(for: AccessRule(scope: "container:logs"), onNode: ["site": "a"])
        }
        #expect(patterns([Grant(scopes: ["*"])]) == ["*"])
        #expect(patterns([Grant(scopes: ["container:*"])]) == [])
        #expect(patterns([Grant(scopes: ["container:*"], resources: ["b*", "a"])]) == ["a", "b*"])
        #expect(patterns([Grant(scopes: ["container:exec"], resources: ["a"])]) == [])
        let elsewhere = try LabelSelector(parsing: ["site=b"])
        #expect(patterns([Grant(scopes: ["*"], nodes: elsewhere)]) == [])
        #expect(
            Caller(peer: "p", name: "p", role: "r", grants: [Grant(scopes: ["*"])])
                .containers(for: AccessRule(scope: "host:facts"), onNode: [:]) == nil)
    }
}

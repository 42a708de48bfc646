import CallProtocol
import Core
import Formats
import Market
import Store
import Synchronization
import TestKit
import Testing

@testable import Operations
@testable import Providers

/// A container engine as a provider, by what comes with Capstan for it, against a scripted one.
@Suite("Renting at a container engine")
struct LocalProviderTests {
    private static func order(_ image: String = "box") -> RentOrder {
        RentOrder(
            name: "capstan-1", offer: Offer(id: "engine", provider: "p", price: 0.01, currency: "USD"), image: image,
            disk: 1, env: ["A": "b=c", "B": ""], command: ["sh", "-c", "true"], script: "true")
    }

    /// - Parameter script: what is answered besides what a working engine would.
    private func with(
        _ script: @escaping FakeEngine.Script = { _ in [] },
        _ body: (RentalProvider, FakeEngine) async throws -> Void
    ) async throws {
        try await FakeEngine.with({ request in
            let own = script(request)
            return own.isEmpty ? Self.works(request) : own
        }) { engine, _ in
            try await ProviderFixture.with { fixture in
                let imported = try await Self.take(fixture, "builtin:local", server: "unix://" + engine.path)
                #expect(imported.provider.rents && imported.provider.mapping == "builtin:local")
                #expect(imported.defects.isEmpty && imported.provider.credentials.isEmpty)
                try await body(try #require(fixture.service.rental("p")), engine)
            }
        }
    }

    private static func take(
        _ fixture: ProviderFixture, _ root: String, server: String? = nil
    ) async throws -> ProviderImported {
        var input = ProviderImportInput(name: "p", root: root, files: [])
        input.server = server
        return try JSONCoding.decode(
            ProviderImported.self, from: try await fixture.call("provider/import", try JSONCoding.encode(input)))
    }

    private static func works(_ request: FakeEngine.Request) -> [FakeEngine.Step] {
        switch (request.method, request.path) {
        case ("GET", "/info"): [.json(#"{"NCPU":4,"MemTotal":8589934592,"Name":"here"}"#)]
        case ("POST", "/images/create"): [.json(#"{"status":"Pulling"}"# + "\n" + #"{"status":"Done"}"# + "\n")]
        case ("POST", "/containers/create"): [.json(#"{"Id":"c1","Warnings":[]}"#, status: 201)]
        case ("POST", "/containers/c1/start"), ("DELETE", "/containers/c1"):
            [.text("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")]
        case ("GET", "/containers/json"):
            [
                .json(
                    #"[{"Id":"c1","Names":["/capstan-1"],"State":"exited","Status":"Exited (127) 2 seconds ago"},{"Id":"c2","Names":["/capstan-2"],"State":"running","Status":"Up 2 seconds"}]"#
                )
            ]
        case ("GET", "/containers/c1/json"):
            [.json(#"{"Id":"c1","Name":"/capstan-1","State":{"Status":"created","Error":""}}"#)]
        default: [.json(#"{"message":"no such container"}"#, status: 404)]
        }
    }

    private static func refusal(_ words: String, status: Int) -> [FakeEngine.Step] {
        [.json(#"{"message":"\#(words)"}"#, status: status)]
    }

    @Test("one offer; its image pulled, a container made with what was ordered, and started; listed, shown, removed")
    func life() async throws {
        try await with { rental, engine in
            let offers = try await rental.offers(RentWish()).offers
            #expect(offers.map(\.id) == ["engine"] && offers[0].cpus == 4 && offers[0].memory == 8 << 30)
            #expect(offers[0].price == 0.01 && !offers[0].spot && offers[0].gpus == 0)
            var cards = RentWish()
            cards.gpus = 1
            #expect(try await rental.offers(cards).offers.isEmpty)
            #expect(await rental.create(Self.order()) == .created(id: "c1"))
            let asked = engine.requests
            #expect(asked.map(\.path) == ["/images/create", "/containers/create", "/containers/c1/start"])
            #expect(asked[0].query == ["fromImage": "box", "tag": "latest"] && asked[1].query == ["name": "capstan-1"])
            #expect(
                try JSONParser.parse(asked[1].text) == [
                    "Image": "box", "Cmd": ["sh", "-c", "true"], "Env": ["A=b=c", "B="],
                    "Labels": ["capstan.rented": "true"], "HostConfig": ["NetworkMode": "host"],
                ])
            let listed = try await rental.instances()
            #expect(listed.map(\.name) == ["capstan-1", "capstan-2"] && listed.map(\.status) == [.stopped, .running])
            #expect(listed.map(\.message) == ["Exited (127) 2 seconds ago", nil])
            #expect(engine.requests.last?.query == ["all": "true", "filters": #"{"label":["capstan.rented=true"]}"#])
            let one = try await rental.instance("c1", name: "capstan-1")
            #expect(one?.name == "capstan-1" && one?.status == .provisioning && one?.id == "c1")
            #expect(try await rental.instance("c9", name: "capstan-9") == nil)
            try await rental.terminate("c1", name: "capstan-1")
            #expect(engine.requests.last?.query == ["force": "true", "v": "true"])
            try await rental.terminate("c9", name: "capstan-9")
            #expect(rental.idVariable == nil && rental.selfRelease == nil)
        }
    }

    @Test(
        "an image with a tag or a digest is pulled as it is called",
        arguments: ["box:1", "127.0.0.1:5000/a/box:1", "a/box@sha256:00"])
    func tags(_ image: String) async throws {
        try await with { rental, engine in
            _ = await rental.create(Self.order(image))
            #expect(engine.requests.first?.query == ["fromImage": image])
        }
    }

    @Test("what does not start is removed, and the engine's words say why")
    func unstarted() async throws {
        try await with({ $0.path.hasSuffix("/start") ? Self.refusal("no sh in it", status: 500) : [] }) {
            rental, engine in
            #expect(await rental.create(Self.order()) == .refused(.stop, words: "no sh in it"))
            #expect(engine.requests.last?.method == "DELETE")
        }
        // It may run, and is ended all the same.
        try await with({ $0.path.hasSuffix("/start") ? [.text("HTTP/1.1 204")] : [] }) { rental, engine in
            let outcome = await rental.create(Self.order())
            guard case .unclear = outcome else { return _ = Issue.record("\(outcome)") }
            #expect(engine.requests.last?.method == "DELETE")
        }
        let stuck: FakeEngine.Script = { request in
            request.path.hasSuffix("/start")
                ? Self.refusal("no sh in it", status: 500)
                : request.method == "DELETE" ? Self.refusal("it is stuck", status: 409) : []
        }
        try await with(stuck) { rental, _ in
            let outcome = await rental.create(Self.order())
            guard case .unclear(let words) = outcome else { return _ = Issue.record("\(outcome)") }
            #expect(words.contains("no sh in it") && words.contains("c1") && words.contains("it is stuck"))
        }
    }

    @Test("an image that cannot be pulled may be there; where it is not, both are told")
    func unpulled() async throws {
        let pulls: FakeEngine.Script = { request in
            guard request.path == "/images/create" else { return [] }
            return [.json(#"{"status":"Pulling"}"# + "\n" + #"{"error":"no registry"}"# + "\n")]
        }
        try await with(pulls) { rental, _ in #expect(await rental.create(Self.order()) == .created(id: "c1")) }
        try await with({ request in
            request.path == "/containers/create" ? Self.refusal("no such image", status: 404) : pulls(request)
        }) { rental, _ in
            #expect(
                await rental.create(Self.order())
                    == .refused(.stop, words: "no such image; ahead of it: no registry"))
        }
        // A name that is taken: something is there.
        try await with({ $0.path == "/containers/create" ? Self.refusal("in use", status: 409) : [] }) { rental, _ in
            let outcome = await rental.create(Self.order())
            #expect(outcome == .unclear(words: "in use"))
        }
    }

    @Test(
        "an engine that is not there is told with its place, and nothing was asked of it",
        arguments: [
            ("/nowhere/engine.sock", "no such file or directory"), ("/dev/null/engine.sock", "not a directory"),
            ("/dev/null", "connection refused"),
        ])
    func absent(_ path: String, _ reason: String) async throws {
        try await ProviderFixture.with { fixture in
            _ = try await Self.take(fixture, "builtin:local", server: "unix://" + path)
            let rental = try #require(fixture.service.rental("p"))
            let words = "cannot connect to unix://\(path): \(reason)"
            let error = await #expect(throws: CallError.self) { try await rental.offers(RentWish()) }
            #expect(error?.message == words)
            let outcome = await rental.create(Self.order())
            #expect(outcome == .refused(.backOff, words: words))
        }
    }

    @Test("where no server is named it is the engine that is there; the document of others is their maker's")
    func sources() async throws {
        try await ProviderFixture.with { fixture in
            let usual = try await Self.take(fixture, "builtin:local")
            #expect(usual.provider.server == "unix:///var/run/docker.sock")
            let known = ProviderService(
                shelf: fixture.shelf, http: fixture.service.http, secrets: fixture.service.secrets,
                logger: fixture.service.logger, engines: ["/nowhere/a.sock", "/dev/null"])
            await known.load()
            // What was kept has no document: this release's is read.
            #expect(known.rental("p") != nil)
            var source = ProviderSource(ProviderImportInput(name: "q", root: "builtin:local", files: []))
            let found = try known.engine(for: source)
            source.root = "own.yaml"
            let none = try known.engine(for: source)
            #expect(found == "unix:///dev/null" && none == nil)
            let vast = await #expect(throws: CallError.self) { try await Self.take(fixture, "builtin:vast") }
            #expect(vast?.message.contains("with a document come local") == true, "\(String(describing: vast))")
            let wrong = await #expect(throws: CallError.self) { try await Self.take(fixture, "builtin:lokal") }
            #expect(wrong?.message.contains("no builtin provider `lokal`") == true, "\(String(describing: wrong))")
        }
    }

    @Test("what takes long goes on by itself; who asks again finds it over, and is told once how it ended")
    func preparations() async throws {
        let preparations = Preparations()
        let (held, release) = AsyncStream<Void>.makeStream()
        let runs = Mutex(0)
        func run(until deadline: ContinuousClock.Instant) async -> Preparations.Outcome {
            await preparations.run(.init(operation: "pull", input: ["a": 1]), until: deadline) {
                runs.withLock { $0 += 1 }
                for await _ in held {}
                return "no registry"
            }
        }
        #expect(await run(until: .now) == .goesOn)
        #expect(await run(until: .now) == .goesOn)
        release.finish()
        #expect(await run(until: .now + .seconds(30)) == .over(fault: "no registry"))
        #expect(runs.withLock { $0 } == 1)
        #expect(await run(until: .now + .seconds(30)) == .over(fault: "no registry"))
        #expect(runs.withLock { $0 } == 2)
    }

    @Test("is not forgotten while it has something of this hub's, or cannot be asked, but where that is wanted")
    func removal() async throws {
        let answer = Mutex(Self.refusal("out of order", status: 500))
        try await FakeEngine.with({ _ in answer.withLock { $0 } }) { engine, _ in
            try await ProviderFixture.with { fixture in
                func remove(_ input: JSONValue) async throws {
                    _ = try await fixture.call("provider/remove", RawJSON(input))
                }
                func again() async throws {
                    _ = try await Self.take(fixture, "builtin:local", server: "unix://" + engine.path)
                }
                // Where nothing was rented nobody is asked.
                try await again()
                try await remove(["name": "p"])
                #expect(engine.requests.isEmpty)

                try await again()
                let name = try await fixture.rentedBefore(from: "p")
                let unseen = await #expect(throws: CallError.self) { try await remove(["name": "p"]) }
                #expect(unseen?.message.contains("out of order") == true, "\(unseen?.message ?? "")")
                try await remove(["name": "p", "force": true])
                #expect(fixture.service.rental("p") == nil)

                try await again()
                let listed =
                    #"[{"Id":"c1","Names":["/\#(name)"],"State":"running","Status":""},{"Id":"c2","Names":["/x"],"State":"running","Status":""}]"#
                answer.withLock { $0 = [.json(listed)] }
                let left = await #expect(throws: CallError.self) { try await remove(["name": "p"]) }
                #expect(left?.message.contains("lists \(name) of this hub's") == true, "\(left?.message ?? "")")
                answer.withLock { $0 = [.json("[]")] }
                try await remove(["name": "p"])
            }
        }
    }

    @Test("with rows that are open it is not forgotten, wanted or not, and nobody is asked")
    func removalOfOpen() async throws {
        try await FakeEngine.with({ _ in Self.refusal("out of order", status: 500) }) { engine, _ in
            try await ProviderFixture.with { fixture in
                _ = try await Self.take(fixture, "builtin:local", server: "unix://" + engine.path)
                _ = try await fixture.rentedBefore(from: "p", isOpen: true)
                for force in [false, true] {
                    let refusal = await #expect(throws: StoreError.self) {
                        _ = try await fixture.call("provider/remove", RawJSON(["name": "p", "force": .bool(force)]))
                    }
                    #expect(refusal?.description.contains("a machine is rented from p") == true)
                }
                #expect(engine.requests.isEmpty && fixture.service.rental("p") != nil)
            }
        }
    }

    @Test("of what it lists, that is this hub's which bears its name, has not ended and is not kept by a row")
    func own() async throws {
        try await ProviderFixture.with { fixture in
            func own(_ name: String?, _ status: RentedInstance.Status = .running) async throws -> [String] {
                var found = RentedInstance(id: "1", status: status)
                found.name = name
                return try await fixture.shelf.own([found])
            }
            #expect(try await own("capstan-01j0000000abcd000000000000") == [])
            let name = try await fixture.rentedBefore(from: "p")
            for status in [RentedInstance.Status.running, .stopped, .terminating] {
                #expect(try await own(name, status) == [name])
            }
            #expect(try await own(name, .terminated) == [])
            #expect(try await own("else") == [])
            #expect(try await own(nil) == [])
            try await fixture.store.write { transaction in
                var row = try #require(try transaction.instance(named: name))
                row.isOpen = true
                _ = try transaction.updateInstance(row)
            }
            #expect(try await own(name) == [])
        }
    }
}

import CallProtocol
import Foundation
import NIOCore
import TestKit
import Testing

@Suite("Imported APIs, on the real binary")
struct ProviderTests {
    private static func document(_ server: FakeHTTPServer, _ more: String = "") -> String {
        """
        openapi: 3.1.0
        info: {title: Pets, version: '1'}
        servers: [{url: '\(server.baseURL)/v1'}]
        security: [{key: []}]
        paths:
          /pets: {get: {operationId: listPets, summary: All of them}, post: {operationId: addPet, requestBody: {required: true, content: {application/json: {schema: {$ref: 'parts/pet.yaml#/Pet'}}}}}}
          /watch: {get: {operationId: watch, responses: {'200': {content: {text/event-stream: {}}}}}}
        \(more)
        components: {securitySchemes: {key: {type: http, scheme: bearer}}}
        """
    }

    private func write(_ fleet: Fleet, _ text: String) throws -> String {
        let folder = fleet.path("api")
        try FileManager.default.createDirectory(atPath: folder + "/parts", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: folder + "/pets.yaml"))
        try Data(
            "Pet: {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}\n".utf8
        )
        .write(to: URL(filePath: folder + "/parts/pet.yaml"))
        try Data("s3cret\n".utf8).write(to: URL(filePath: folder + "/key"))
        try Data("allowPrivateAddresses: true\nexternal: [listPets]\n".utf8).write(
            to: URL(filePath: folder + "/mapping.yaml"))
        return folder
    }

    @Test(
        "import, show, call, import again, remove; what is kept is there again after kill -9 of the hub, and the secret is nowhere"
    )
    func life() async throws {
        try await Fleet.with { fleet in
            try await FakeHTTPServer.with(answering: { _ in .json([["name": "Rex"]]) }) { server in
                let folder = try write(fleet, Self.document(server))
                let words = [
                    "provider", "import", "pets", folder + "/pets.yaml", "--mapping", folder + "/mapping.yaml",
                    "--credential", "file:\(folder)/key",
                ]
                let dry = try await fleet.start(words + ["--dry-run"]).wait()
                #expect(dry.code == 0 && dry.text.contains("not imported"), "\(dry.err)")
                #expect(try await fleet.run("provider", "list", "-q").text.isEmpty)
                let imported = try await fleet.start(words).wait()
                #expect(
                    imported.code == 0
                        && imported.text.contains(
                            "3 operations: 1 query, 1 mutation, 1 subscription; 1 external, 2 internal"),
                    "\(imported.text) \(imported.err)")
                let shown = try await fleet.run("provider", "show", "pets/addPet")
                #expect(
                    shown.text.contains("body.name")
                        && shown.text.contains(#"capstan call provider.pets/addPet '{"body":{"name":"text"}}'"#),
                    "\(shown.text)")
                let called = try await fleet.run("call", "provider.pets/listPets")
                #expect(called.text == #"[{"name":"Rex"}]"# + "\n", "\(called.err)")
                #expect(server.requests.last?.bearer == "s3cret" && server.requests.last?.target.raw == "/v1/pets")
                let wrong = try await fleet.run("call", "provider.pets/addPet", #"{"body":{"name":3}}"#)
                #expect(wrong.code == 2 && wrong.err.contains("body.name: expected a string"), "\(wrong.err)")
                #expect(server.requests.count == 1)

                try await fleet.killHub()
                try await fleet.startHub()
                let again = try await fleet.run("call", "provider.pets/listPets", "--wait", "20s")
                #expect(again.code == 0 && server.requests.count == 2, "\(again.err)")

                _ = try write(
                    fleet,
                    Self.document(server, "  /more: {get: {operationId: more}}").replacing("All of them", with: "Each"))
                let unasked = try await fleet.start(words).wait()
                #expect(
                    unasked.code == 64 && unasked.err.contains("+ more") && unasked.err.contains("--yes"),
                    "\(unasked.err)")
                #expect(try await fleet.run("call", "provider.pets/more").code == 2)
                #expect(try await fleet.start(words + ["--yes"]).wait().code == 0)
                #expect(try await fleet.run("call", "provider.pets/more").code == 0)
                let events = try await fleet.run("events", "-o", "json")
                for place in [events.text, try String(contentsOfFile: fleet.path("hub/hub.log"), encoding: .utf8)] {
                    #expect(!place.contains("s3cret"))
                }
                #expect(try await fleet.run("provider", "remove", "pets").code == 0)
                #expect(try await fleet.run("call", "provider.pets/listPets").code == 2)
                #expect(try await fleet.run("provider", "show", "pets").code == 2)
            }
        }
    }

    @Test("a stream is followed line by line and ended by Ctrl-C, and the provider's connection with it")
    func stream() async throws {
        try await Fleet.with { fleet in
            let (events, feed) = AsyncStream.makeStream(of: ByteBuffer.self)
            try await FakeHTTPServer.with(
                answering: { _ in
                    FakeResponse(200, headers: [HeaderLine("Content-Type", "text/event-stream")], body: .stream(events))
                }
            ) { server in
                let folder = try write(fleet, Self.document(server))
                let imported = try await fleet.start(
                    [
                        "provider", "import", "pets", folder + "/pets.yaml", "--mapping", folder + "/mapping.yaml",
                        "--credential", "file:\(folder)/key",
                    ]
                ).wait()
                #expect(imported.code == 0, "\(imported.err)")
                let watching = try fleet.start(["call", "provider.pets/watch"])
                feed.yield(ByteBuffer(string: "id: 1\ndata: {\"n\": 1}\n\n"))
                try await until("the first event") { watching.outputSoFar.contains(#""n":1"#) }
                #expect(server.connections == 1)
                watching.signal(SIGINT)
                #expect(await watching.wait(seconds: 20).code == 130)
                try await until("the connection to be closed") { server.connections == 0 }
            }
            feed.finish()
        }
    }

    @Test("what cannot be imported is refused in words, and nothing is left of it")
    func refused() async throws {
        try await Fleet.with { fleet in
            func refusal(_ text: String, _ options: String...) async throws -> Program.Result {
                try Data(text.utf8).write(to: URL(filePath: fleet.path("d.yaml")))
                return try await fleet.start(["provider", "import", "x", fleet.path("d.yaml")] + options).wait()
            }
            let none = try await fleet.run("provider", "import", "x", fleet.path("nothing.yaml"))
            #expect(none.code != 0 && none.err.contains("nothing.yaml"), "\(none.err)")
            let broken = try await refusal("openapi: [")
            #expect(broken.code == 65 && broken.err.contains("d.yaml:"), "\(broken.code) \(broken.err)")
            let other = try await refusal("hello: world")
            #expect(other.code == 2 && other.err.contains("neither `openapi` nor `swagger`"), "\(other.err)")
            let secret = try await refusal("openapi: 3.1.0\npaths: {}", "--credential", "sk-live-123")
            #expect(
                secret.code == 2 && secret.err.contains("never the secret itself") && !secret.err.contains("123"),
                "\(secret.err)")
            let name = try await fleet.run("provider", "import", "Not A Name", fleet.path("d.yaml"))
            #expect(name.code == 2, "\(name.err)")
            #expect(try await fleet.run("provider", "list", "-q").text.isEmpty)
        }
    }
}

import Foundation
import TestKit
import Testing

extension ContainerTests {
    /// The part of the engine's API that is called here, in words of our own.
    private static let document = """
        swagger: '2.0'
        info: {title: Engine, version: '1.41'}
        basePath: /v1.41
        consumes: [application/json]
        produces: [application/json]
        paths:
          /version: {get: {operationId: version}}
          /containers/json:
            get:
              operationId: list
              parameters: [{name: all, in: query, type: boolean}, {name: filters, in: query, type: string}]
          /containers/create:
            post:
              operationId: create
              parameters:
                - {name: name, in: query, type: string, pattern: '^/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$'}
                - name: body
                  in: body
                  required: true
                  schema: {type: object, required: [Image], properties: {Image: {type: string}, Cmd: {type: array, items: {type: string}}}}
          /containers/{id}/start: {post: {operationId: start, parameters: [{name: id, in: path, required: true, type: string}], responses: {204: {description: started}, 304: {description: was started}}}}
          /containers/{id}/wait: {post: {operationId: wait, parameters: [{name: id, in: path, required: true, type: string}]}}
          /containers/{id}: {delete: {operationId: remove, parameters: [{name: id, in: path, required: true, type: string}, {name: force, in: query, type: boolean}]}}
          /containers/{id}/archive:
            put:
              operationId: put
              consumes: [application/x-tar]
              parameters:
                - {name: id, in: path, required: true, type: string}
                - {name: path, in: query, required: true, type: string}
                - {name: body, in: body, required: true, schema: {type: string, format: binary}}
            get:
              operationId: get
              produces: [application/x-tar]
              parameters: [{name: id, in: path, required: true, type: string}, {name: path, in: query, required: true, type: string}]
              responses: {200: {schema: {type: file}}}
          /events:
            get: {operationId: events, x-capstan-stream: json-lines, parameters: [{name: since, in: query, type: string}, {name: until, in: query, type: string}]}
        """

    private func call(_ fleet: Fleet, _ operation: String, _ input: String = "{}") async throws -> Program.Result {
        try await fleet.run("call", "provider.engine/\(operation)", input)
    }

    @Test(
        "the engine's API, imported and called over its socket: queries, bodies, bytes, a stream, and what it refuses")
    func engineAsProvider() async throws {
        let engine = try #require(RealEngine.all[.docker])
        try await Fleet.with { fleet in
            try Data(Self.document.utf8).write(to: URL(filePath: fleet.path("engine.yaml")))
            let imported = try await fleet.run(
                "provider", "import", "engine", fleet.path("engine.yaml"), "--server", engine.host, "-o", "json")
            #expect(imported.code == 0, "\(imported.err)")
            let version = try await call(fleet, "version").json() as? [String: Any]
            #expect((version?["ApiVersion"] as? String)?.isEmpty == false)
            let wrong = try await call(fleet, "create", #"{"query":{"name":"a b"},"body":{"Image":"busybox"}}"#)
            #expect(wrong.code == 2 && wrong.err.contains("query.name"), "\(wrong.err)")
            let made = try await call(
                fleet, "create",
                #"{"query":{"name":"capstan-p"},"body":{"Image":"busybox","Cmd":["sh","-c","cat /tmp/x; exit 7"]}}"#)
            #expect(made.code == 0, "\(made.err)")
            // A tar of one empty file, as the engine gives one back.
            let archive =
                try await call(fleet, "get", #"{"path":{"id":"capstan-p"},"query":{"path":"/etc"}}"#).json()
                as? [String: Any]
            let bytes = try #require((archive?["base64"] as? String).flatMap { Data(base64Encoded: $0) })
            #expect(
                bytes.count >= 1_024 && bytes.count % 512 == 0
                    && archive?["contentType"] as? String == "application/x-tar")
            let put = try await call(
                fleet, "put",
                #"{"path":{"id":"capstan-p"},"query":{"path":"/tmp"},"body":{"base64":"\#(bytes.base64EncodedString())"}}"#
            )
            #expect(put.code == 0, "\(put.err)")
            #expect(try await call(fleet, "start", #"{"path":{"id":"capstan-p"}}"#).text == "null\n")
            let waited = try await call(fleet, "wait", #"{"path":{"id":"capstan-p"}}"#).json() as? [String: Any]
            #expect(waited?["StatusCode"] as? Int == 7)
            let listed =
                try await call(
                    fleet, "list", #"{"query":{"all":true,"filters":"{\"name\":[\"capstan-p\"]}"}}"#
                ).json() as? [[String: Any]]
            #expect(listed?.count == 1)
            let events = try await call(
                fleet, "events", #"{"query":{"since":"1","until":"\#(Int(Date().timeIntervalSince1970) + 1)"}}"#)
            #expect(
                events.code == 0 && events.text.split(separator: "\n").contains { $0.contains("capstan-p") },
                "\(events.err)")
            #expect(try await call(fleet, "remove", #"{"path":{"id":"capstan-p"}}"#).code == 0)
            let gone = try await call(fleet, "remove", #"{"path":{"id":"capstan-p"}}"#)
            #expect(gone.code != 0 && gone.err.contains("No such container"), "\(gone.code) \(gone.err)")
        }
    }

    @Test(
        "the engine's own whole document is imported, and its queries are answered", .enabled(if: RealDocuments.isThere)
    )
    func wholeEngineDocument() async throws {
        let engine = try #require(RealEngine.all[.docker])
        try await Fleet.with { fleet in
            let document = RealDocuments.folder.appendingPathComponent("docker/v1.43.yaml").path
            let imported = try await fleet.run(
                "provider", "import", "engine", document, "--server", engine.host + ":/v1.41", "-o", "json")
            #expect(imported.code == 0, "\(imported.err)")
            for operation in [
                "SystemPing", "SystemVersion", "SystemInfo", "ContainerList", "ImageList", "VolumeList", "NetworkList",
            ] {
                let answer = try await call(fleet, operation)
                #expect(answer.code == 0 && !answer.text.isEmpty, "\(operation) \(answer.err)")
            }
        }
    }
}

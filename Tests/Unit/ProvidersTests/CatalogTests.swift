import CallProtocol
import Core
import Operations
import Testing

@testable import Providers

@Suite("Imported APIs, kept and shown")
struct CatalogTests {
    private static let document = """
        openapi: 3.1.0
        info: {title: Pets, version: '1'}
        servers: [{url: 'https://pets.example'}]
        paths:
          /pets:
            get: {operationId: listPets, responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Pets'}}}}}}
            post: {operationId: addPet, requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
          /logs: {get: {operationId: logs, responses: {'200': {content: {text/event-stream: {}}}}}}
        components:
          schemas:
            Pet: {type: object, required: [name], properties: {name: {type: string}, friend: {$ref: '#/components/schemas/Pet'}}}
            Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}, minLength: nonsense}
        """

    @Test("an import tells what it found, keeps it, and shows what another edition changes")
    func life() async throws {
        try await ProviderFixture.with { fixture in
            let tried = try await fixture.take(Self.document) { $0.dryRun = true }
            #expect(!tried.applied && fixture.service.provider("p") == nil)
            let imported = try await fixture.take(Self.document) {
                $0.include = ["list*", "gone"]
                $0.exclude = ["logs"]
            }
            #expect(imported.applied && imported.diff == nil && imported.excluded == ["logs"])
            #expect(
                imported.operations.map { "\($0.name) \($0.kind) \($0.external)" } == [
                    "provider.p/addPet mutation false", "provider.p/listPets query true",
                ])
            #expect(imported.defects.map(\.pointer) == ["/", "/components/schemas/Pets/minLength"])
            #expect(imported.provider.server == "https://pets.example" && imported.provider.credentials == ["env:KEY"])
            let changed = try await fixture.take(Self.document.replacing("/logs", with: "/log")) { $0.dryRun = true }
            #expect(changed.diff?.changed.map(\.name) == ["logs"] && !changed.applied)

            let again = ProviderService(
                shelf: fixture.shelf, http: fixture.service.http, secrets: fixture.service.secrets,
                logger: fixture.service.logger)
            do throws(CallError) {
                _ = try again.entry("provider.p/listPets", for: ProviderFixture.admin)
                Issue.record("it is not loaded yet")
            } catch { #expect(error.code == .unavailable) }
            await again.load()
            #expect(again.all.map(\.view) == fixture.service.all.map(\.view))
            _ = try await fixture.call("provider/remove", RawJSON(["name": "p"]))
            #expect(try await fixture.shelf.all().isEmpty)
            await #expect(throws: CallError.self) { try await fixture.call("provider/show", RawJSON(["name": "p"])) }
        }
    }

    @Test("what is kept and cannot be read any more is listed with the reason, and can be imported again or removed")
    func unreadable() async throws {
        try await ProviderFixture.with { fixture in
            for name in ["p", "q"] {
                let kept = #"{"name":"\#(name)","root":"p.yaml","files":[{"path":"p.yaml","text":"swagger: '1.2'"}]}"#
                try await fixture.shelf.keep(.init(name: name, document: kept, importedBy: "01A", importedAt: 0))
            }
            await fixture.service.load()
            let list = try await fixture.call("provider/list").value()
            let fault = try #require(list["providers"]?[0]?["fault"]?.stringValue)
            #expect(fault.contains("cannot be read") && fault.contains("import it again"))
            await #expect(throws: CallError.self) { try await fixture.call("provider/show", RawJSON(["name": "p"])) }
            let error = await fixture.failure("listPets")
            #expect(error?.code == .failedPrecondition && error?.message.contains(fault) == true)
            try await fixture.take(Self.document)
            _ = try await fixture.call("provider/remove", RawJSON(["name": "q"]))
            let mended = try await fixture.call("provider/list").value()
            #expect(mended["providers"]?[0]?["name"] == "p" && mended["providers"]?[0]?["fault"] == nil)
            #expect(mended["providers"]?[1] == nil)
        }
    }

    @Test("internal ones are known to who may import, and to nobody else; what changes something takes another right")
    func rights() async throws {
        try await ProviderFixture.with { fixture in
            try await fixture.take(Self.document) { $0.include = ["listPets"] }
            let service = fixture.service
            for caller in [ProviderFixture.viewer, ProviderFixture.operator_] {
                #expect(try service.entry("provider.p/addPet", for: caller) == nil)
                #expect(try service.descriptor("provider.p/addPet", for: caller) == nil)
            }
            #expect(try service.entry("provider.p/addPet", for: ProviderFixture.admin) != nil)
            let list = try #require(try service.entry("provider.p/listPets", for: ProviderFixture.operator_)).descriptor
            #expect(ProviderFixture.operator_.may(list.access) && !ProviderFixture.viewer.may(list.access))
            let add = try #require(try service.entry("provider.p/addPet", for: ProviderFixture.admin)).descriptor
            #expect(!ProviderFixture.operator_.may(add.access) && add.access.scope == "provider:mutate")
            #expect(service.descriptors.map(\.name) == ["provider.p/listPets"])
            let shown = try #require(try service.descriptor("provider.p/addPet", for: ProviderFixture.admin))
            #expect(!shown.input.validate(["body": ["name": "a", "friend": ["name": 1]]]).isEmpty)
            #expect(shown.input.validate(["body": ["name": "a"]]).isEmpty)
            for name in ["provider.p/nothing", "provider.q/x", "provider.", "provider.p", "node/list"] {
                #expect(try service.entry(name, for: ProviderFixture.admin) == nil)
            }
        }
    }

    @Test(
        "what cannot be imported is refused in words, and nothing is kept",
        arguments: [
            ("document", "words", "an object is needed"), ("document", "{}", "neither"),
            ("overlay", "x: 1", "no `overlay"),
            ("mapping", "[]", "must be an object"), ("mapping", "servr: x", "did you mean `server`?"),
            ("mapping", "server: 'ftp://x'", "no URL"),
            ("mapping", "paging: {a: {style: cursor}}", "mapping.paging.a"),
            ("mapping", "minimumInterval: {a: soon}", "no time"),
            ("mapping", "origins: ['https://a.example/path']", "no origin"),
            ("credential", "sk-12345", "never the secret itself"),
            ("credential", "file:relative", "no absolute path"),
            ("credential", "exec:sh", "no absolute path of a program"),
            ("credential", "env:", "names no variable"), ("server", "nowhere", "no server"),
        ])
    func refused(_ what: String, _ text: String, _ words: String) async throws {
        try await ProviderFixture.with { fixture in
            do {
                try await fixture.take(what == "document" ? text : Self.document) { input in
                    switch what {
                    case "overlay": input.overlay = text
                    case "mapping": input.mapping = text
                    case "credential": input.credentials = [text]
                    case "server": input.server = text
                    default: break
                    }
                }
                Issue.record("it was imported")
            } catch let error as CallError {
                #expect(error.code == .invalidInput && error.message.contains(words), "\(error)")
                #expect(!error.message.contains("12345"))
            }
            #expect(try await fixture.shelf.all().isEmpty && fixture.service.all.isEmpty)
        }
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}

import CallProtocol
import Operations
import TestKit
import Testing

@testable import Providers

/// The fakes of two providers, called the way the product calls the real ones.
@Suite("Calls of the fake RunPod and the fake Vast.ai")
struct FakeProviderTests {
    private static let runpod = """
        openapi: 3.1.0
        security: [{key: []}]
        components: {securitySchemes: {key: {type: http, scheme: bearer}}}
        paths:
          /v2/pods:
            get: {operationId: listPods}
            post: {operationId: createPod, requestBody: {required: true, content: {application/json: {schema: {type: object}}}}}
          /v2/pods/{podId}:
            get: {operationId: getPod}
            delete: {operationId: deletePod}
          /v2/pods/{podId}/logs: {get: {operationId: getPodLogs, responses: {'200': {content: {text/event-stream: {}}}}}}
          /v2/catalog/gpus: {get: {operationId: listGpuTypes, parameters: [{name: include, in: query, explode: false, schema: {type: array}}, {name: product, in: query, explode: false, schema: {type: array}}]}}
        """

    private func withRunPod(_ body: (ProviderFixture, FakeRunPod) async throws -> Void) async throws {
        try await FakeRunPod.with(RunPodSettings()) { provider in
            try await ProviderFixture.with { fixture in
                fixture.secret.value = provider.settings.token
                try await fixture.take(Self.runpod) { $0.server = provider.server.baseURL }
                try await body(fixture, provider)
            }
        }
    }

    private func order(_ provider: FakeRunPod, _ name: String) throws -> JSONValue {
        let gpu = try #require(provider.settings.gpus.first { $0.stock.contains { $0.count > 0 } })
        return ["body": ["name": .string(name), "image": "busybox", "gpu": ["id": .string(gpu.id), "count": 1]]]
    }

    @Test("RunPod: a pod is made, seen, listed and given back; a second end is a 404")
    func runpodLife() async throws {
        try await withRunPod { fixture, provider in
            let made = try await fixture.ask("createPod", try order(provider, "a"))
            let id = try #require(made["id"])
            let listed = try await fixture.ask("listPods")
            #expect(listed["pods"]?.arrayValue?.map { $0["id"] } == [id])
            let shown = try await fixture.ask("getPod", ["path": ["podId": id]])
            #expect(shown["name"] == "a")
            try await fixture.expect("deletePod", ["path": ["podId": id]], is: .null)
            let again = await fixture.failure("deletePod", ["path": ["podId": id]])
            #expect(again?.code.rawValue == "HTTP_404")
            #expect(provider.account.running.isEmpty)
        }
    }

    @Test("RunPod: no capacity is a plain 400; a 500 after the success is not tried again and leaves one pod, not two")
    func runpodFaults() async throws {
        try await withRunPod { fixture, provider in
            provider.faults.queue(.errorAfterSuccess(500), on: "createPod")
            let failed = await fixture.failure("createPod", try order(provider, "a"))
            #expect(failed?.code.rawValue == "HTTP_500" && failed?.retryable == false)
            #expect(provider.account.instances.map(\.name) == ["a"])
            provider.faults.queue(.emptyBody, on: "listPods")
            // An empty answer is nothing, and not an empty list.
            try await fixture.expect("listPods", is: .null)
            provider.faults.queue(.malformedJSON, on: "listPods")
            let malformed = await fixture.failure("listPods")
            #expect(malformed?.code.rawValue == "PROVIDER_ANSWER")
            provider.faults.queue(.error(503, body: "busy"), .error(503, body: "busy"), on: "listPods")
            let listed = try await fixture.ask("listPods")
            #expect(listed["pods"]?.arrayValue?.count == 1)
            provider.faults.queue(.truncated, on: "createPod")
            let cut = await fixture.failure("createPod", try order(provider, "b"))
            #expect(cut?.details?["mayHaveHappened"] == true, "\(String(describing: cut))")
            fixture.secret.value = "wrong"
            let refused = await fixture.failure("listPods")
            #expect(refused?.code.rawValue == "HTTP_401")
        }
    }

    private static let vast = """
        openapi: 3.1.0
        security: [{key: []}]
        components: {securitySchemes: {key: {type: http, scheme: bearer}}}
        paths:
          /api/v0/bundles/: {post: {operationId: searchOffers, requestBody: {content: {application/json: {schema: {type: object}}}}}}
          /api/v0/asks/{id}/: {put: {operationId: createInstance, requestBody: {content: {application/json: {schema: {type: object}}}}}}
          /api/v0/instances/{id}/: {get: {operationId: showInstance}, delete: {operationId: destroyInstance, requestBody: {content: {application/json: {schema: {type: object}}}}}}
          /api/v1/instances/: {get: {operationId: showInstances, parameters: [{name: after_token, in: query, schema: {type: string}}]}}
        """

    @Test(
        "Vast.ai: offers, a contract, its end; lists of 25 as one, a 200 that says success: false, a path without its slash"
    )
    func vastLife() async throws {
        try await FakeVast.with(VastSettings()) { provider in
            try await ProviderFixture.with { fixture in
                fixture.secret.value = provider.settings.token
                try await fixture.take(Self.vast) {
                    $0.server = provider.server.baseURL
                    $0.mapping =
                        "paging: {showInstances: {style: cursor, items: /instances, parameter: after_token, next: /next_token}}"
                }
                let offers = try await fixture.ask("searchOffers", ["body": ["limit": 5, "rentable": ["eq": true]]])
                let offer = try #require(offers["offers"]?.arrayValue?.first?["id"])
                let made = try await fixture.ask(
                    "createInstance", ["path": ["id": offer], "body": ["image": "busybox", "label": "a", "disk": 10]])
                let contract = try #require(made["new_contract"])
                for number in 0..<60 { _ = try provider.plant(label: "other-\(number)") }
                let listed = try await fixture.ask("showInstances")
                #expect(listed["instances"]?.arrayValue?.count == 61)
                #expect(provider.server.requests.count { $0.path == "/api/v1/instances/" } == 3)
                provider.faults.queue(.successFalse, on: "destroyInstance")
                let pretended = try await fixture.ask("destroyInstance", ["path": ["id": contract], "body": [:]])
                #expect(pretended["success"] == false)
                let ended = try await fixture.ask("destroyInstance", ["path": ["id": contract], "body": [:]])
                #expect(ended["success"] == true)
                let shown = try await fixture.ask("showInstance", ["path": ["id": contract]])
                #expect(shown["instances"] == .null)
            }
        }
    }
}

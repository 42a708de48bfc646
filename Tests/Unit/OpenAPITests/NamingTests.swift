import Testing

@testable import OpenAPI

@Suite("Names of operations")
struct NamingTests {
    @Test("a name that two have is nobody's, in whatever order they stand")
    func twice() throws {
        let first = "  /pods/{podId}: {patch: {operationId: UpdatePod}}\n"
        let second = "  /pods/{podId}/update: {post: {operationId: UpdatePod}}\n"
        for text in [first + second, second + first] {
            let imported = try Small.paths(text)
            #expect(
                imported.operations.map(\.name) == ["UpdatePod_patch_pods_podId", "UpdatePod_post_pods_podId_update"])
            #expect(imported.operations.allSatisfy { $0.originalID == "UpdatePod" })
        }
    }

    @Test("without a name: the method and the path; strange letters become one `_`")
    func unnamed() throws {
        let imported = try Small.paths(
            "  /v1/pods/{podId}/: {get: {}}\n  /x: {get: {operationId: 'list all (pods)/v2 é'}, post: {operationId: ''}}\n"
        )
        #expect(imported.operations.map(\.name) == ["get_v1_pods_podId", "list_all_pods_v2", "post_x"])
    }

    @Test("names that become the same are told apart, and long ones cut, the same way each time")
    func clashes() throws {
        let long = String(repeating: "x", count: 300)
        let text =
            "  /a: {get: {operationId: 'a b'}, put: {operationId: 'a/b'}}\n  /b: {get: {operationId: \(long)}, put: {operationId: \(long)y}}\n  /a/b: {get: {}}\n  /a.b: {get: {}}\n  /a_b: {get: {}}\n"
        let (one, two) = (try Small.paths(text), try Small.paths(text))
        #expect(Set(one.operations.map(\.name)).count == 7)
        #expect(one.operations.map(\.name) == two.operations.map(\.name))
        #expect(one.operations.allSatisfy { $0.name.count <= 110 })
    }
}

import CallProtocol
import Logging
import Operations
import TestKit
import Testing

@Suite("Mistakes of a registry are found at start")
struct RegistryTests {
    private func entry(
        _ name: String, _ kind: OperationKind = .query, carriage: Carriage? = nil,
        handler: OperationEntry.Handler = .unary { input, _ in input }
    ) -> OperationEntry {
        OperationEntry(
            descriptor: Operation<Empty, Empty>(name, kind, carriage: carriage, summary: "s").descriptor,
            handler: handler)
    }

    private static let subscription = OperationEntry.Handler.subscription { _, _, _ in }
    private static let session = OperationEntry.Handler.session { _, _, _ in }

    @Test("two of the same name")
    func duplicate() {
        #expect(throws: OperationRegistry.Mistake.duplicate("a/b")) {
            try OperationRegistry([entry("a/b"), entry("a/b")])
        }
    }

    @Test("a name that is not namespace/verb", arguments: ["a", "", "/a/b", "a/", "/b", "a/b/c", "/"])
    func names(name: String) {
        #expect(throws: OperationRegistry.Mistake.badName(name)) { try OperationRegistry([entry(name)]) }
    }

    @Test("a handler of another kind than the descriptor's")
    func handlers() throws {
        let wrong: [(OperationKind, OperationEntry.Handler)] = [
            (.query, Self.subscription), (.query, Self.session), (.mutation, Self.subscription),
            (.mutation, Self.session),
            (.subscription, Self.session), (.subscription, .unary { input, _ in input }),
            (.session, Self.subscription), (.session, .unary { input, _ in input }),
        ]
        for (kind, handler) in wrong {
            #expect(throws: OperationRegistry.Mistake.wrongHandler("a/b", kind)) {
                try OperationRegistry([entry("a/b", kind, handler: handler)])
            }
        }
        _ = try OperationRegistry([
            entry("a/b"), entry("a/c", .mutation), entry("a/d", .subscription, handler: Self.subscription),
            entry("a/e", .session, handler: Self.session),
            entry("a/f", .session, carriage: .bytes, handler: Self.session),
        ])
    }

    @Test("a carriage that the kind cannot have")
    func carriages() {
        #expect(throws: OperationRegistry.Mistake.wrongCarriage("a/b", .query, .raw)) {
            try OperationRegistry([entry("a/b", carriage: .raw)])
        }
        #expect(throws: OperationRegistry.Mistake.wrongCarriage("a/b", .session, .json)) {
            try OperationRegistry([entry("a/b", .session, carriage: .json, handler: Self.session)])
        }
    }

    @Test("the canonical list is the same whatever the order, and has no internal operation")
    func canonical() throws {
        let hidden = OperationEntry(
            descriptor: Operation<Empty, Empty>("x/y", .query, visibility: .internal_, summary: "s").descriptor,
            handler: .unary { input, _ in input })
        let one = try OperationRegistry([entry("a/b"), entry("c/d"), hidden])
        let other = try OperationRegistry([entry("c/d"), entry("a/b")])
        #expect(one.canonicalList == other.canonicalList)
        #expect(one.descriptors.map(\.name) == ["a/b", "c/d", "x/y"])
    }

    @Test(
        "scopes are matched by name, by namespace and by star",
        arguments: [
            ("*", "a:b", true), ("a:b", "a:b", true), ("a:*", "a:b", true), ("a:*", "ab:c", false), ("a", "a:b", false),
            ("a:b", "a:bc", false), ("*:b", "a:b", false), ("", "a:b", false),
        ])
    func scopes(pattern: String, scope: String, covers: Bool) {
        #expect(Grant(scopes: [pattern]).covers(scope) == covers)
    }

    @Test("a grant for some nodes covers those with its labels")
    func nodes() throws {
        let gpu = try LabelSelector(parsing: ["gpu=true"])
        let caller = Caller(
            peer: "p", name: "n", role: "r", grants: [Grant(scopes: ["a:*"], nodes: gpu), Grant(scopes: ["b:*"])])
        #expect(caller.may(AccessRule(scope: "a:b"), onNode: ["gpu": "true", "x": "y"]))
        #expect(!caller.may(AccessRule(scope: "a:b"), onNode: ["gpu": "false"]))
        #expect(caller.may(AccessRule(scope: "b:c"), onNode: [:]))
        #expect(!caller.may(AccessRule(scope: "c:c"), onNode: ["gpu": "true"]))
    }

    @Test("discovery shows what the caller may use, and itself")
    func discovery() async throws {
        let entries = [Sample.echo.handled { input, _ in input }, Sample.hidden.handled { _, _ in Empty() }]
        let registry = try OperationRegistry(entries + OperationOperations.entries(entries))
        let dispatcher = Dispatcher(registry: registry, logger: .init(label: "test"))
        func client(_ scopes: [String]) -> CallClient {
            CallClient(
                MemoryOpener { stream in
                    dispatcher.start(stream) { _ in
                        Caller(peer: "p", name: "n", role: "r", grants: [Grant(scopes: scopes)])
                    }
                })
        }
        let all = try await client(["*"]).call(OperationOperations.list, Empty())
        #expect(all.operations.map(\.name) == ["operation/list", "operation/show", "test/echo"])
        let few = try await client(["operation:list"]).call(OperationOperations.list, Empty())
        #expect(few.operations.map(\.name) == ["operation/list"])
        let shown = try await client(["*"]).call(OperationOperations.show, .init(name: "test/echo"))
        #expect(try shown.operation.value() == Sample.echo.descriptor.json)
        await #expect(throws: CallError.self) {
            try await client(["*"]).call(OperationOperations.show, .init(name: "test/hidden"))
        }
    }
}

import CallProtocol
import Core
import Link
import NIOCore
import Operations
import Store
import Testing

@Suite("Who may call what")
struct RoleTableTests {
    typealias Caller = RoleTable.Caller

    /// Every operation is in the table, and nothing else.
    @Test("Each operation of the registry has a row, and each row an operation")
    func complete() {
        #expect(Set(RoleTable.hub.keys) == Set(OperationCatalog.hub.map(\.name)))
        #expect(Set(RoleTable.node.keys) == Set(OperationCatalog.node.map(\.name)))
    }

    @Test("On the hub each caller may do exactly what its row says", arguments: Caller.allCases)
    func onTheHub(caller: Caller) async throws {
        try await Bench.with { bench in
            for operation in OperationCatalog.hub {
                let mayCall = RoleTable.hub[operation.name]?.contains(caller) == true
                let answer = try await bench.answer(operation, of: caller)
                #expect(answer == (mayCall ? .allowed : .forbidden), "\(operation.name)")
            }
        }
    }

    @Test("On a node each caller may do exactly what its row says", arguments: Caller.allCases)
    func onANode(caller: Caller) async throws {
        try await Bench.with { bench in
            for operation in OperationCatalog.node {
                let answer = try await bench.answer(operation, of: caller, on: "n1")
                #expect(answer == RoleTable.onNode(operation.name, by: caller), "\(operation.name)")
                // Whether the node is there makes no difference to who may not call it.
                guard answer == .forbidden else { continue }
                #expect(try await bench.answer(operation, of: caller, on: "nowhere") == .forbidden)
            }
        }
    }

    @Test("A role of one scope gives that operation and no other, on the hub and on nodes alike")
    func oneScope() async throws {
        try await Bench.with { bench in
            let onHub = OperationCatalog.hub.map { (operation: $0, node: String?.none) }
            let all = onHub + OperationCatalog.node.map { (operation: $0, node: String?("n1")) }
            for (number, rule) in Set(OperationCatalog.grantable.map(\.scope)).sorted().enumerated() {
                let calls = try await bench.operator_("r\(number)", [Grant(scopes: [rule])])
                for (operation, node) in all where !operation.isAdmins {
                    let answer = try await bench.answer(operation, over: calls, on: node)
                    let isIt = operation.access.scope == rule
                    let refusal: RoleTable.Answer =
                        node != nil && HubOnly.covers(operation.name) ? .hidden : .forbidden
                    #expect(answer == (isIt ? .allowed : refusal), "\(operation.name) with \(rule)")
                }
            }
        }
    }

    @Test("A grant for one resource gives what names that one, and nothing that names another or none")
    func oneResource() async throws {
        try await Bench.with { bench in
            let calls = try await bench.operator_("bound", [Grant(scopes: ["*"], resources: ["mine"])])
            for operation in OperationCatalog.hub {
                let named = operation.access.resource?.path
                #expect(try await bench.answer(operation, over: calls) == .forbidden, "\(operation.name)")
                guard let named else { continue }
                for (name, answer) in [("mine", .allowed), ("theirs", .forbidden)] as [(String, RoleTable.Answer)] {
                    let input: JSONValue = [named: .string(name)]
                    #expect(
                        try await bench.answer(operation, over: calls, input: input) == answer,
                        "\(operation.name) of \(name)")
                }
            }
        }
    }

    @Test("A grant for some nodes gives the operations of those nodes, and of no others")
    func someNodes() async throws {
        try await Bench.with { bench in
            let here = try await bench.operator_(
                "here", [Grant(scopes: ["*"], nodes: try LabelSelector(parsing: ["site=a"]))])
            let elsewhere = try await bench.operator_(
                "elsewhere", [Grant(scopes: ["*"], nodes: try LabelSelector(parsing: ["site=b"]))])
            for operation in OperationCatalog.node where !HubOnly.covers(operation.name) {
                #expect(try await bench.answer(operation, over: here, on: "n1") == .allowed, "\(operation.name)")
                #expect(try await bench.answer(operation, over: elsewhere, on: "n1") == .forbidden, "\(operation.name)")
            }
        }
    }
}

extension OperationDescriptor {
    /// Whether the role admin is asked for beside the scope.
    fileprivate var isAdmins: Bool { ["role/create", "role/remove", "peer/set-role"].contains(name) }
}

import CallProtocol
import Core
import Formats
import Link
import NIOCore
import Operations
import Store
import Testing

extension RoleTableTests {
    /// A hub with a node `n1` at site a, and callers of every sort.
    struct Bench {
        let hub: HubFixture

        static func with(_ body: (Bench) async throws -> Void) async throws {
            try await HubFixture.with { hub in
                let spoke = FakeSpoke(more: Self.stubs)
                let node = try await hub.add(.spoke, "n1", key: spoke.key, labels: ["site": "a"])
                _ = try await spoke.connect(to: hub)
                try await hub.connects(node)
                try await body(Bench(hub: hub))
            }
        }

        /// What a node's engine, its sessions and its files are asked, answered with nothing: here it matters who may ask.
        private static var stubs: [OperationEntry] {
            OperationCatalog.node.filter { operation in
                operation.name != TTYOperations.open.name
                    && ["container/", "host/copy-", "image/", "tty/", "tunnel/"].contains {
                        operation.name.hasPrefix($0)
                    }
            }.map {
                let handler: OperationEntry.Handler =
                    switch $0.kind {
                    case .query, .mutation: .unary { _, _ in .emptyObject }
                    case .subscription: .subscription { _, _, _ in }
                    case .session: .session { _, _, stream in try stream.accept(Empty()) }
                    }
                return OperationEntry(descriptor: $0, handler: handler)
            }
        }

        /// An operator with a role of these grants.
        func operator_(_ name: String, _ grants: [Grant]) async throws -> CallClient {
            try await hub.addRole(name, grants)
            return try await hub.operator_(role: name, name: name)
        }

        /// What the rules answer to a caller of that sort, on a link of its own.
        func answer(
            _ operation: OperationDescriptor, of caller: Caller, on node: String? = nil
        ) async throws -> RoleTable.Answer {
            let link = try await link(caller)
            defer { link.abort() }
            return try await answer(operation, over: CallClient(link), on: node, input: Self.input(of: operation))
        }

        /// What the rules answer; anything that comes from behind them counts as allowed.
        func answer(
            _ operation: OperationDescriptor, over calls: CallClient, on node: String? = nil,
            input: JSONValue = [:]
        ) async throws -> RoleTable.Answer {
            let options = CallClient.Options(node: node.map { .named($0) })
            let call = try calls.start(operation.name, input: RawJSON(input), options)
            defer { call.close() }
            do throws(CallError) {
                _ = try await call.nextRaw()
            } catch {
                switch error.code {
                case .forbidden: return .forbidden
                // Things that are not there are told by their own words.
                case .notFound where error.message.contains("no operation"): return .hidden
                default: return .allowed
                }
            }
            return .allowed
        }

        /// Inputs that reach the rules which stand in handlers, and change nothing that a row needs.
        private static func input(of operation: OperationDescriptor) -> JSONValue {
            switch operation.name {
            case "role/create": ["name": "made", "grants": [["scopes": ["node:list"]]], "replace": true]
            case "role/remove": ["role": "none-such"]
            case "peer/set-role": ["peer": "nobody", "role": "viewer"]
            default: [:]
            }
        }

        private func link(_ caller: Caller) async throws -> Link {
            let key = PeerKey()
            let name = "\(caller)-\(Hex.random(4))"
            switch caller {
            case .admin, .viewer: try await hub.add(.operator_, name, key: key, role: caller.rawValue)
            case .operator_: try await hub.add(.operator_, name, key: key, role: "operator")
            case .almighty:
                try await hub.addRole(name, [Grant(scopes: ["*"])])
                try await hub.add(.operator_, name, key: key, role: name)
            case .spoke: try await hub.add(.spoke, name, key: key)
            case .pending: try await hub.add(.spoke, name, key: key, state: .pending)
            case .tunnel: try await hub.add(.tunnel, name, key: key)
            case .stranger: break
            }
            let role: Hello.Role =
                switch caller {
                case .admin, .almighty, .operator_, .viewer: .operator_
                case .spoke, .pending: .spoke
                case .tunnel: .tunnel
                case .stranger: .enrol
                }
            return try await hub.link(
                Hello(software: "test", role: role, instance: String(repeating: "d", count: 32)), key: key)
        }
    }
}

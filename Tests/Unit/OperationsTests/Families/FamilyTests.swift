import CallProtocol
import FoundationEssentials
import Operations
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Every operation of the families says its types truly")
struct FamilyTests {
    /// An operation with the proof that its types and schemas agree.
    struct Row: Sendable, CustomTestStringConvertible {
        let descriptor: OperationDescriptor
        let check: @Sendable () throws -> Void
        var testDescription: String { descriptor.name }

        init<Input, Output>(_ operation: Operation<Input, Output>) {
            descriptor = operation.descriptor
            check = {
                try SchemaAgreement.check(Input.self, Input.schema)
                try SchemaAgreement.check(Output.self, Output.schema)
            }
        }
    }

    static let all: [Row] = [
        Row(AttemptOperations.start), Row(AttemptOperations.cancel), Row(AttemptOperations.list),
        Row(AttemptOperations.logs), Row(AttemptOperations.forget),
        Row(ContainerOperations.list), Row(ContainerOperations.inspect), Row(ContainerOperations.create),
        Row(ContainerOperations.start), Row(ContainerOperations.stop), Row(ContainerOperations.restart),
        Row(ContainerOperations.kill), Row(ContainerOperations.remove), Row(ContainerOperations.rename),
        Row(ContainerOperations.wait), Row(ContainerOperations.logs), Row(ContainerOperations.exec),
        Row(ContainerOperations.stats), Row(ContainerOperations.top), Row(ContainerOperations.copyIn),
        Row(ContainerOperations.copyOut), Row(ContainerOperations.events),
        Row(ImageOperations.list), Row(ImageOperations.inspect), Row(ImageOperations.remove),
        Row(ImageOperations.pull), Row(ImageOperations.load),
        Row(BudgetOperations.list), Row(BudgetOperations.set), Row(BudgetOperations.remove),
        Row(PoolOperations.list), Row(PoolOperations.set), Row(PoolOperations.remove),
        Row(EventOperations.watch),
        Row(HostOperations.copyIn), Row(HostOperations.copyOut), Row(HostOperations.facts), Row(HostOperations.status),
        Row(HubOperations.status),
        Row(InstanceOperations.list), Row(InstanceOperations.show), Row(InstanceOperations.rent),
        Row(InstanceOperations.release), Row(InstanceOperations.reconcile),
        Row(JournalOperations.watch), Row(JournalOperations.ack), Row(LinkOperations.open),
        Row(NodeOperations.list), Row(NodeOperations.show), Row(NodeOperations.label), Row(NodeOperations.drain),
        Row(NodeOperations.undrain), Row(NodeOperations.approve), Row(NodeOperations.remove),
        Row(OperationOperations.list), Row(OperationOperations.show),
        Row(PeerOperations.enrol), Row(PeerOperations.me), Row(PeerOperations.rotate), Row(PeerOperations.list),
        Row(PeerOperations.disable),
        Row(PeerOperations.enable), Row(PeerOperations.remove),
        Row(PeerOperations.setRole),
        Row(RoleOperations.list), Row(RoleOperations.show), Row(RoleOperations.create), Row(RoleOperations.remove),
        Row(TokenOperations.create), Row(TokenOperations.list), Row(TokenOperations.revoke),
        Row(TTYOperations.open), Row(TTYOperations.attach), Row(TTYOperations.list), Row(TTYOperations.kill),
        Row(TTYOperations.replay),
        Row(TunnelOperations.create), Row(TunnelOperations.list), Row(TunnelOperations.show),
        Row(TunnelOperations.update), Row(TunnelOperations.delete), Row(TunnelOperations.enable),
        Row(TunnelOperations.disable), Row(TunnelOperations.enrol), Row(TunnelOperations.progress),
        Row(TunnelOperations.stats),
        Row(ProviderOperations.importDocument),
        Row(ProviderOperations.list),
        Row(ProviderOperations.offers),
        Row(ProviderOperations.remove),
        Row(ProviderOperations.show),
        Row(TunnelOperations.dial), Row(TunnelOperations.probe),
        Row(WorkloadOperations.submit), Row(WorkloadOperations.list), Row(WorkloadOperations.show),
        Row(WorkloadOperations.watch), Row(WorkloadOperations.logs), Row(WorkloadOperations.cancel),
        Row(WorkloadOperations.receipt),
    ]

    @Test("type and schema agree, of input and output", arguments: all)
    func agreement(row: Row) throws { try row.check() }

    @Test("an operation is named namespace/verb, says what it is for, and has a carriage of its kind", arguments: all)
    func shape(row: Row) throws {
        let descriptor = row.descriptor
        #expect(try Regex("[a-z]+/[a-z-]+").wholeMatch(in: descriptor.name) != nil)
        #expect(!descriptor.summary.isEmpty)
        #expect(!descriptor.summary.hasSuffix("."))
        #expect(descriptor.kind.allows(descriptor.carriage))
        #expect(descriptor.access.scope == descriptor.name.replacing("/", with: ":"))
        for example in descriptor.examples { #expect(descriptor.input.validate(example.input).isEmpty) }
        if let resource = descriptor.access.resource {
            #expect(
                descriptor.input.json["properties"]?[resource.path] != nil, "the resource is named by an input field")
        }
    }

    @Test("the statements of receipts agree with their schemas")
    func statements() throws {
        try SchemaAgreement.check(NodeStatement.self, NodeStatement.schema)
        try SchemaAgreement.check(HubStatement.self, HubStatement.schema)
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    @Test("no operation of the families is missing here")
    func complete() throws {
        let here = try #require(Self.resolved(#filePath))
        let root = here.split(separator: "/").dropLast(5).joined(separator: "/")
        let folder = "/\(root)/Sources/Shared/Operations/Families"
        let pattern = try Regex(#"Operation<[^>]+>\(\s*"([^"]+)""#, as: (Substring, Substring).self)
        var named: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder) where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for match in text.matches(of: pattern) { named.insert(String(match.output.1)) }
        }
        #expect(named.count > 20)
        #expect(named == Set(Self.all.map(\.descriptor.name)))
        #expect(Self.all.count == named.count)
    }
}

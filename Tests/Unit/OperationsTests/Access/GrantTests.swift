import CallProtocol
import NIOCore
import Operations
import Testing

@Suite("What a grant gives")
struct GrantTests {
    /// Written as a role is: scopes, labels, resources.
    private func grant(_ scopes: [String], _ nodes: [String] = [], _ resources: [String]? = nil) throws -> Grant {
        Grant(scopes: scopes, nodes: try LabelSelector(parsing: nodes), resources: resources)
    }

    private static let scopes = ScopeTable([
        AccessRule(scope: "box:show", resource: .init("box", at: "box")), AccessRule(scope: "box:list"),
        AccessRule(scope: "fleet:list"),
    ])

    private func fault(_ written: RoleGrant) -> CallError? {
        #expect(throws: CallError.self) { try Grant(written, at: "grants[0]", scopes: Self.scopes) }
    }

    @Test(
        "a resource is meant by its name, or by what it begins with",
        arguments: [
            ("db", "db", true), ("db", "db-1", false), ("db-*", "db-1", true), ("db-*", "db-", true),
            ("db-*", "db", false), ("*", "", true), ("*", "anything", true), ("DB", "db", false),
            ("é*", "e\u{301}x", false),
        ])
    func patterns(pattern: String, name: String, matches: Bool) {
        #expect(ResourcePattern.matches(pattern, name) == matches)
    }

    @Test("a grant with resources gives what names one of them, and nothing that names none")
    func resources() throws {
        let bound = try grant(["box:*"], [], ["db-*", "01A"])
        #expect(bound.covers(AccessRule(scope: "box:show", resource: .init("box", at: "box"))))
        #expect(!bound.covers(AccessRule(scope: "box:list")))
        #expect(bound.covers(resource: ["01A", "web"]) && bound.covers(resource: ["01B", "db-7"]))
        #expect(!bound.covers(resource: ["01B", "web"]) && !bound.covers(resource: []))
        #expect(try grant(["box:*"]).covers(resource: []))
    }

    @Test("for one resource only the grants count that are for it, together with the nodes they are for")
    func bound() throws {
        let rule = AccessRule(scope: "box:show", resource: .init("box", at: "box"))
        let caller = Caller(
            peer: "p", name: "ann", role: "r",
            grants: [try grant(["box:show"], ["site=a"], ["db-*"]), try grant(["box:show"], ["site=b"])])
        #expect(caller.isBound(by: rule) && !caller.isBound(by: AccessRule(scope: "box:list")))
        let web = try caller.bound(to: ["web"], as: "web", by: rule)
        #expect(!web.may(rule, onNode: ["site": "a"]) && web.may(rule, onNode: ["site": "b"]))
        let db = try caller.bound(to: ["01A", "db-1"], as: "01A", by: rule)
        #expect(db.may(rule, onNode: ["site": "a"]) && db.may(rule, onNode: ["site": "b"]))
        var narrow = caller
        narrow.grants.removeLast()
        for (names, text) in [(["web"], "web"), ([], nil)] as [([String], String?)] {
            let error = #expect(throws: CallError.self) { try narrow.bound(to: names, as: text, by: rule) }
            #expect(error?.code == .forbidden)
        }
    }

    @Test("the id of a resource is a text in the input, and nothing else is one")
    func path() throws {
        let resource = AccessRule.Resource("box", at: "box")
        #expect(resource.id(in: RawJSON(["box": "db"])) == "db")
        for input in [RawJSON(["box": 1]), RawJSON(["other": "db"]), RawJSON("db"), RawJSON.null] {
            #expect(resource.id(in: input) == nil)
        }
        #expect(resource.id(in: nil) == nil)
    }

    @Test("a grant is kept as it is written, without what it leaves out")
    func coding() throws {
        let grants = [try grant(["a:*"], ["!slow", "site=a"], ["db-*"]), try grant(["*"])]
        let text = try JSONCoding.encode(grants).description
        #expect(text == #"[{"scopes":["a:*"],"nodes":["!slow","site=a"],"resources":["db-*"]},{"scopes":["*"]}]"#)
        let read = try JSONCoding.decode([Grant].self, from: ByteBuffer(string: text))
        #expect(read == grants)
        #expect(grants.map(RoleGrant.init).map(\.nodes) == [["!slow", "site=a"], nil])
    }

    @Test("grants cover others only where surely nothing is lost")
    func cover() throws {
        let wide = [try grant(["a:*"], ["site=a"], ["db-*"]), try grant(["b:show"])]
        for (other, covers) in [
            (try grant(["a:show"], ["site=a", "gpu"], ["db-1", "db-x*"]), true), (try grant(["b:show"], ["x"]), true),
            (try grant(["b:show"], [], ["x"]), true), (try grant(["b:*"]), false), (try grant(["*"]), false),
            (try grant(["a:show"], ["gpu"], ["db-1"]), false), (try grant(["a:show"], ["site=a"]), false),
            (try grant(["a:show"], ["site=a"], ["d*"]), false), (try grant(["a:show", "b:list"], ["site=a"]), false),
        ] {
            #expect(wide.cover([other]) == covers, "\(other)")
        }
        #expect([try grant(["*"])].cover(wide) && wide.cover([]) && ![Grant]().cover(wide))
    }

    @Test(
        "a scope that is none, or that no operation has, is told with its place",
        arguments: [
            ("box", "grants[0].scopes[1]: `box` is no scope"), ("*:show", "grants[0].scopes[1]: `*:show` is no scope"),
            ("box:sh*", "grants[0].scopes[1]: `box:sh*` is no scope"), ("", "grants[0].scopes[1]: `` is no scope"),
            ("box:", "grants[0].scopes[1]: `box:` is no scope"), ("a:b:c", "grants[0].scopes[1]: `a:b:c` is no scope"),
            (
                "box:shwo",
                "grants[0].scopes[1]: no operation has the scope `box:shwo`; did you mean `box:show`?"
            ),
            ("fleat:*", "grants[0].scopes[1]: no operation has the scope `fleat:*`; did you mean `fleet:*`?"),
        ])
    func scopes(scope: String, message: String) {
        let error = fault(RoleGrant(scopes: ["box:show", scope]))
        #expect(error?.code == .invalidInput)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test("labels and resources that cannot be are told with their place")
    func places() throws {
        #expect(
            fault(RoleGrant(scopes: ["*"], nodes: ["site=a", "=x"]))?.message.hasPrefix("grants[0].nodes[1]: the label")
                == true)
        #expect(
            fault(RoleGrant(scopes: ["*"], nodes: ["a=1", "a=2"]))?.message.hasPrefix("grants[0].nodes: 'a=1' and")
                == true)
        for pattern in ["", "a*b", "**", "a\n", String(repeating: "x", count: 129)] {
            let error = fault(RoleGrant(scopes: ["*"], resources: ["ok", pattern]))
            #expect(error?.message.hasPrefix("grants[0].resources[1]: ") == true, "\(pattern)")
        }
        let idle = fault(RoleGrant(scopes: ["box:*", "fleet:list"], resources: ["db-*"]))
        #expect(idle?.message.hasPrefix("grants[0].scopes[1]: `fleet:list` names no resource") == true)
        let grant = try Grant(
            RoleGrant(scopes: ["*", "box:*"], nodes: ["!slow"], resources: ["*"]), at: "x", scopes: Self.scopes)
        #expect(grant == (try self.grant(["*", "box:*"], ["!slow"], ["*"])))
    }

    @Test("the built-in roles and every operation's scope are well-formed")
    func builtIn() {
        let table = ScopeTable(OperationCatalog.grantable)
        for rule in OperationCatalog.grantable { #expect(table.fault(rule.scope, isBound: false) == nil) }
        #expect(table.fault("attempt:start", isBound: false) != nil, "that is the hub's alone")
        for role in BuiltInRole.all { #expect(BuiltInRole.grants(role) != nil) }
    }
}

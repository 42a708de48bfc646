import ArgumentParser
import Daemon
import Operations
import Testing

@testable import capstan

@Suite("Roles on the command line")
struct RoleCommandTests {
    private func input(_ arguments: String...) async throws -> RoleCreateInput {
        let command = try #require(try Capstan.parseAsRoot(["role", "create"] + arguments) as? RoleCreate)
        return try await command.input()
    }

    @Test("scopes, labels and resources make one grant")
    func options() async throws {
        let made = try await input(
            "db", "--allow", "workload:show", "--allow", "workload:cancel", "--nodes", "site=a", "--nodes", "!slow",
            "--resource", "db-*", "--replace")
        let grant = RoleGrant(
            scopes: ["workload:show", "workload:cancel"], nodes: ["!slow", "site=a"], resources: ["db-*"])
        #expect(made == RoleCreateInput(name: "db", grants: [grant], replace: true))
        let plain = try await input("all", "--allow", "*")
        #expect(plain == RoleCreateInput(name: "all", grants: [RoleGrant(scopes: ["*"])]))
    }

    @Test("what is missing or said twice is refused before the hub is asked")
    func misuse() async throws {
        for arguments in [
            [], ["db"], ["--allow", "*"], ["db", "--nodes", "site=a"], ["db", "--allow", "*", "-f", "x.yaml"],
            ["db", "--resource", "x", "-f", "x.yaml"],
        ] {
            let command = try #require(try Capstan.parseAsRoot(["role", "create"] + arguments) as? RoleCreate)
            let failure = await #expect(throws: Failure.self) { try await command.input() }
            #expect(failure?.exit == .misuse, "\(arguments)")
        }
        await #expect(throws: LabelError.self) { try await input("db", "--allow", "*", "--nodes", "=x") }
    }

    @Test("a file has several grants, whose labels may be pairs")
    func file() throws {
        let (name, grants) = try RoleFile.parse(
            """
            name: db
            grants:
              - scopes: ["workload:list"]
              - scopes: [workload:show, workload:logs]
                nodes: {site: a}
                resources: [db-*]
            """, name: "role.yaml")
        #expect(name == "db")
        #expect(
            grants == [
                RoleGrant(scopes: ["workload:list"]),
                RoleGrant(scopes: ["workload:show", "workload:logs"], nodes: ["site=a"], resources: ["db-*"]),
            ])
        #expect(try RoleFile.parse(#"{"grants":[{"scopes":["*"]}]}"#, name: "r").name == nil)
    }

    @Test(
        "a file that is no role is refused with its line",
        arguments: [
            ("name: db\n", "role.yaml: grants are needed"), ("grants: []\n", "role.yaml: grants are needed"),
            ("grants: [{nodes: [a]}]\n", "role.yaml: grants are needed"),
            ("grants: [x]\n", "role.yaml:1: fields are needed"), ("grants: x\n", "role.yaml:1: grants must be a list"),
            ("grants:\n  - scopes: ['*']\n    node: [a]\n", "role.yaml:3: unknown key `node`; did you mean `nodes`?"),
            ("grants:\n  - scopes: ['*']\n    nodes: ['=x']\n", "role.yaml:3: the label"),
            ("grants:\n  - scopes: '*'\n", "role.yaml:2: scopes must be a list"),
        ])
    func badFile(text: String, message: String) {
        let failure = #expect(throws: Failure.self) { try RoleFile.parse(text, name: "role.yaml") }
        #expect(failure?.exit == .malformed)
        #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
    }

    @Test("an operator is given a role by name")
    func setRole() throws {
        let command = try #require(
            try Capstan.parseAsRoot(["operator", "set-role", "anna", "viewer"]) as? OperatorSetRole)
        #expect(command.peer == "anna" && command.role == "viewer")
        #expect(throws: (any Error).self) { try Capstan.parseAsRoot(["operator", "set-role", "anna"]) }
    }

    @Test("a role is one line a grant for people")
    func shown() {
        let grant = RoleGrant(scopes: ["a:*", "b:c"], nodes: ["!slow", "site=a"], resources: ["db-*"])
        var view = RoleView(name: "db", builtIn: false, grants: [grant], operators: ["anna"], tokens: [])
        #expect(view.shortGrants == "a:*,b:c on !slow,site=a for db-*")
        #expect(
            view.fields.text(coloured: false) == """
                name       db
                built in   no
                grant      a:*,b:c on !slow,site=a for db-*
                operators  anna

                """)
        view.grants = [grant, grant]
        #expect(view.shortGrants == "a:*,b:c on !slow,site=a for db-*; a:*,b:c on !slow,site=a...")
    }
}

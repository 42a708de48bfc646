import ArgumentParser

/// `capstan role`
struct Role: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "What operators may do.",
        discussion: .flowing(
            """
            A role is a set of grants. Each one has scopes, as capstan operations names what they are for, and may end at
            nodes with certain labels or at certain resources. admin, operator and viewer are built in.

            Example:
              capstan role create a --allow 'workload:*' --allow node:list --nodes site=a
              capstan token create --kind operator --role site-a
              capstan operator set-role anna site-a
            """),
        subcommands: [RoleList.self, RoleShow.self, RoleCreate.self, RoleRemove.self])
}

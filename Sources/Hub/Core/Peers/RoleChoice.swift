import CallProtocol
import Operations
package import Store

/// The role that a person names, looked up in the transaction that gives it, so that it cannot go meanwhile.
package enum RoleChoice {
    /// What a caller is called who has no role but is something else.
    private static let reserved: Set<String> = ["enrol", "hub", "none", "spoke", "tunnel"]

    /// - Throws: `CallError`: `INVALID_INPUT` with the roles that there are.
    package static func check(_ name: String, in transaction: StoreTransaction) throws {
        guard try !exists(name, in: transaction) else { return }
        let known = BuiltInRole.all + (try transaction.roles().map(\.name))
        let hint = NearestName.to(name, among: known).map { "did you mean `\($0)`? " } ?? ""
        throw CallError(
            .invalidInput, "there is no role `\(name)`; \(hint)there are: \(known.joined(separator: ", "))",
            details: ["roles": .array(known.map { .string($0) })])
    }

    static func exists(_ name: String, in transaction: StoreTransaction) throws -> Bool {
        try BuiltInRole.grants(name) != nil || transaction.role(name) != nil
    }

    static func unknown(_ name: String) -> CallError {
        CallError(.notFound, "there is no role `\(name)`; `capstan role list` shows them")
    }

    /// - Throws: `INVALID_INPUT` for what can be no role's name, `FAILED_PRECONDITION` for a built-in one.
    static func checkNew(_ name: String) throws(CallError) {
        try refuseBuiltIn(name)
        try FleetName.check(name)
        guard !reserved.contains(name) else {
            throw CallError(.invalidInput, "name `\(name)`: it is what others than operators are called; take another")
        }
    }

    /// Roles made at most, and bytes of the grants of one as JSON: the list of all is one answer.
    static let most = 500
    static let longest = 65_536

    /// - Throws: `INVALID_INPUT` for a role that is too long, `FAILED_PRECONDITION` for one more than there may be.
    static func checkRoom(for role: RoleRecord, in transaction: StoreTransaction) throws {
        let length = role.grants.utf8.count
        guard length <= longest else {
            throw CallError(
                .invalidInput, "the grants come to \(length) bytes, more than \(longest); make several roles of them")
        }
        let others = try transaction.roleCount(besides: role.name)
        guard others < most else {
            throw CallError(
                .failedPrecondition, "there are \(others) roles, as many as there may be; remove some first")
        }
    }

    static func refuseBuiltIn(_ name: String) throws(CallError) {
        guard BuiltInRole.grants(name) != nil else { return }
        throw CallError(.failedPrecondition, "the role `\(name)` is built in; it can be neither changed nor removed")
    }

    static func inUse(_ name: String, _ holders: RoleHolders) -> CallError {
        var who: [String] = []
        if !holders.operators.isEmpty {
            who.append(
                "operators \(Self.some(holders.operators)) have it (give them another: capstan operator set-role)")
        }
        if !holders.tokens.isEmpty {
            who.append("unused tokens \(Self.some(holders.tokens)) give it (capstan token revoke)")
        }
        return CallError(
            .failedPrecondition, "the role `\(name)` is in use: \(who.joined(separator: "; "))",
            details: [
                "operators": .array(holders.operators.map { .string($0) }),
                "tokens": .array(holders.tokens.map { .string($0) }),
            ])
    }

    /// The first few of many names.
    private static func some(_ names: [String]) -> String {
        let more = names.count > 10 ? " and \(names.count - 10) more" : ""
        return names.prefix(10).joined(separator: ", ") + more
    }
}

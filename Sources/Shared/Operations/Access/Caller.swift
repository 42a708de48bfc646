package import CallProtocol

/// Who asks: identity from the link's key or a bearer token, rights from its role.
package struct Caller: Sendable, Hashable {
    package var peer: String
    package var name: String
    package var role: String
    package var grants: [Grant]
    /// The fingerprint of the link's key, where the caller was known by one.
    package var key: String?
    /// At a spoke: the end user for whom the hub passes the call on.
    package var forwardedFor: ForwardedFor?

    package init(
        peer: String, name: String, role: String, grants: [Grant], key: String? = nil, forwardedFor: ForwardedFor? = nil
    ) {
        self.peer = peer
        self.name = name
        self.role = role
        self.grants = grants
        self.key = key
        self.forwardedFor = forwardedFor
    }

    /// Whether they may do it at all: somewhere, to some resource.
    package func may(_ rule: AccessRule) -> Bool {
        grants.contains { $0.covers(rule) }
    }

    package func may(_ rule: AccessRule, onNode labels: [String: String]) -> Bool {
        grants.contains { $0.covers(rule) && $0.covers(node: labels) }
    }
}

extension Caller {
    /// Whether it depends on the resource what they may: otherwise nobody needs to ask which one it is.
    package func isBound(by rule: AccessRule) -> Bool {
        rule.resource != nil && grants.contains { $0.resources != nil && $0.covers(rule.scope) }
    }

    /// The caller as a call to one resource sees them: without the grants that are for other resources, so that what is
    /// asked of nodes afterwards is asked of the same grants.
    ///
    /// - Parameters:
    ///   - names: the id and the names that the resource has; empty where the input names none.
    ///   - text: how the caller named it, for the error.
    /// - Throws: `FORBIDDEN` when no grant is left.
    package func bound(to names: [String], as text: String?, by rule: AccessRule) throws(CallError) -> Caller {
        var bound = self
        bound.grants.removeAll { !$0.covers(resource: names) }
        guard bound.may(rule) else {
            let what = text.map { "for `\($0)`" } ?? "without naming what for"
            throw CallError(.forbidden, "`\(name)` (role \(role)) has no right to \(rule.scope) \(what)")
        }
        return bound
    }
}

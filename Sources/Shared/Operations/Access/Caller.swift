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

    package func may(_ rule: AccessRule) -> Bool {
        grants.contains { $0.covers(rule.scope) }
    }

    package func may(_ rule: AccessRule, onNode labels: [String: String]) -> Bool {
        grants.contains { $0.covers(rule.scope) && $0.covers(node: labels) }
    }
}

package import CallProtocol

/// Which of a node's links one is: the link that carries its calls, or one of those for the bytes of tunnels.
package enum LinkSlot: Hashable, Sendable {
    case control
    /// 0 to 3.
    case bulk(Int)

    package init(_ hello: Hello) {
        self = hello.link == .bulk ? .bulk(hello.slot ?? 0) : .control
    }
}

package import CallProtocol
package import Link

/// All links of one node, to be closed together.
package struct NodeLinks: Sendable {
    package let links: [Link]

    /// Says why and closes each at once.
    package func dismiss(_ goAway: GoAway) {
        for link in links { link.dismiss(goAway) }
    }
}

/// What became of a link that reported itself ready.
package struct LinkArrival: Sendable {
    /// False when a newer link of the same process had taken the slot meanwhile.
    package var isAdmitted: Bool
    /// Links whose place it took, to be closed.
    package var replaced: NodeLinks
}

/// A part of a long list, with where the next one begins.
package protocol Page: Described {
    associatedtype Item: Sendable

    var items: [Item] { get }
    /// Asked for with the next call; nil on the last page.
    var cursor: String? { get }
}

extension NodeList: Page {
    package var items: [NodeView] { nodes }
}

extension PeerList: Page {
    package var items: [PeerView] { peers }
}

extension TokenList: Page {
    package var items: [TokenView] { tokens }
}

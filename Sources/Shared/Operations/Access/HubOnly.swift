/// What a spoke does for the hub itself and for nobody else: its attempts, its journal, its links.
package enum HubOnly {
    private static let namespaces = ["attempt/", "journal/", "link/"]

    /// Whether an operation, by its name, is one of these.
    package static func covers(_ operation: String) -> Bool {
        namespaces.contains { operation.hasPrefix($0) }
    }
}

package import CallProtocol

/// What an operation takes: a scope, and for some the right to one resource named in the input.
package struct AccessRule: Sendable, Hashable {
    package struct Resource: Sendable, Hashable {
        package static let node = "node"
        package static let workload = "workload"
        package static let container = "container"

        /// ``node``, ``workload``, `container`, ...
        package var kind: String
        /// The member of the input that holds the id.
        package var path: String

        package init(_ kind: String, at path: String) {
            self.kind = kind
            self.path = path
        }

        /// The id that an input holds; nil where there is none to be read.
        package func id(in input: RawJSON?) -> String? {
            (try? input?.read())?.node?.member(path)?.string
        }
    }

    /// `<namespace>:<verb>`.
    package var scope: String
    package var resource: Resource?

    package init(scope: String, resource: Resource? = nil) {
        self.scope = scope
        self.resource = resource
    }
}

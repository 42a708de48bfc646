import CallProtocol

package struct ProviderImportInput: Described, Hashable {
    /// One file of the document.
    package struct File: Codable, Sendable, Hashable {
        /// From the folder of the first file.
        package var path: String
        package var text: String

        package init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// Bytes of the whole input, written as JSON.
    package static let longest = 60 << 20

    package var name: String
    /// The path of the file that the document begins with; `builtin:NAME` for one that comes with Capstan, without files.
    package var root: String
    package var files: [File]
    package var overlay: String?
    package var mapping: String?
    /// Where secrets are found, at the hub: `[SCHEME=]env:VAR`, `file:PATH` or `exec:COMMAND`.
    package var credentials: [String]?
    /// Operations that everybody may know of who may call any; others are for those who may import.
    package var include: [String]?
    /// Operations that are left out.
    package var exclude: [String]?
    package var server: String?
    package var dryRun: Bool?
    /// Whether one that is there, and would change, is replaced; else that is a `CONFLICT` with the changes in its details.
    package var replace: Bool?

    package init(name: String, root: String, files: [File]) {
        self.name = name
        self.root = root
        self.files = files
    }

    package static let schema = JSONSchema.object(
        [
            "name": .providerName,
            "root": .string(minLength: 1, maxLength: 1024).describe(
                "The path of the file that the document begins with; or builtin:NAME, without files"),
            "files": .array(
                of: .object(
                    ["path": .string(minLength: 1, maxLength: 1024), "text": .string()], required: ["path", "text"]),
                maxItems: 1_000),
            "overlay": .string().describe("An OpenAPI Overlay that is applied first"),
            "mapping": .string().describe("How the API is called, as YAML"),
            "credentials": .array(of: .string(minLength: 1, maxLength: 4096), maxItems: 16)
                .describe("Where secrets are found, at the hub: [SCHEME=]env:VAR, file:PATH or exec:COMMAND"),
            "include": .patterns("Operations that are no longer internal"),
            "exclude": .patterns("Operations that are left out"),
            "server": .string(minLength: 1, maxLength: 2048).describe("Instead of the document's own servers"),
            "dryRun": .boolean,
            "replace": .boolean.describe("Whether one that is there and would change is replaced"),
        ], required: ["name", "root", "files"])
}

extension JSONSchema {
    fileprivate static func patterns(_ what: String) -> JSONSchema {
        .array(of: .string(minLength: 1, maxLength: 128), maxItems: 256).describe("\(what); * stands for any letters")
    }
}

/// One operation of an imported API, in a list.
package struct ProviderOperationRow: Described, Hashable {
    /// As it is called: `provider.NAME/OPERATION`.
    package var name: String
    package var kind: String
    package var method: String
    package var path: String
    package var summary: String
    /// Whether everybody may know of it who may call it.
    package var external: Bool
    package var deprecated: Bool?
    /// Why it cannot be called.
    package var fault: String?
    /// What the document calls it, where that is another name.
    package var operationId: String?

    package init(name: String, kind: String, method: String, path: String, summary: String, external: Bool) {
        self.name = name
        self.kind = kind
        self.method = method
        self.path = path
        self.summary = summary
        self.external = external
    }

    package static let schema = JSONSchema.object(
        [
            "name": .string, "kind": .string, "method": .string, "path": .string, "summary": .string,
            "external": .boolean, "deprecated": .boolean, "fault": .string, "operationId": .string,
        ], required: ["name", "kind", "method", "path", "summary", "external"])
}

/// Something in a document that is not as it should be.
package struct ProviderDefect: Described, Hashable {
    /// `error`, `warning` or `note`.
    package var severity: String
    /// JSON Pointer.
    package var pointer: String
    package var message: String

    package init(severity: String, pointer: String, message: String) {
        self.severity = severity
        self.pointer = pointer
        self.message = message
    }

    package static let schema = JSONSchema.object(
        ["severity": .string, "pointer": .string, "message": .string], required: ["severity", "pointer", "message"])
}

/// An operation that another edition of a document changes.
package struct ProviderChange: Described, Hashable {
    package var name: String
    package var details: [String]

    package init(name: String, details: [String]) {
        self.name = name
        self.details = details
    }

    package static let schema = JSONSchema.object(
        ["name": .string, "details": .array(of: .string)], required: ["name", "details"])
}

/// What is different from the document that was there before.
package struct ProviderDiff: Described, Hashable {
    package var added: [String]
    package var removed: [String]
    package var changed: [ProviderChange]

    package init(added: [String], removed: [String], changed: [ProviderChange]) {
        self.added = added
        self.removed = removed
        self.changed = changed
    }

    package static let schema = JSONSchema.object(
        [
            "added": .array(of: .string), "removed": .array(of: .string), "changed": .array(of: ProviderChange.schema),
        ], required: ["added", "removed", "changed"])
}

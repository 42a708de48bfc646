import CallProtocol

/// Files to a machine and from it, as a tar archive on the plain bytes of the stream.
extension HostOperations {
    package static let copyIn = Operation<HostCopyInInput, HostCopyInOutput>(
        "host/copy-in", .session, carriage: .bytes, subject: .input("path"),
        summary: "Unpack a tar archive on the machine: files and folders",
        description: """
            The caller sends the archive from `offset` on to its END; the answer's END says that all of it is unpacked, \
            with mode and time. A file has its name when it is whole. With `archive` a copy that was cut off goes on where \
            it was, also after a restart of the spoke; without it everything is sent, into a folder that is there.
            """, errors: copyErrors)

    package static let copyOut = Operation<HostCopyOutInput, HostCopyOutOutput>(
        "host/copy-out", .session, carriage: .bytes, subject: .input("path"),
        summary: "A file or folder of the machine, as a tar archive",
        description: """
            The archive of an unchanged tree is always the same, byte by byte: who was cut off says `etag` and `offset` and \
            is sent the rest. Sockets, pipes and devices are left out and counted.
            """, errors: copyErrors)

    private static let copyErrors = [
        DeclaredError(.notFound, "There is no such file, or no folder that it would go to"),
        DeclaredError(.conflict, "Something of another kind is in the way, or a file changed while it was read"),
        DeclaredError(.failedPrecondition, "The spoke's user may not do that there"),
        DeclaredError(.resourceExhausted, "There is no room on the disk"),
    ]
}

/// An archive that is to come.
package struct CopyArchive: Described, Hashable {
    /// Stands for the source's state.
    package var etag: String
    package var bytes: Int64
    /// What its paths begin with; `.` for the content of a folder.
    package var name: String
    package var folder: Bool
    /// The caller's own word for this copy: a copy that is asked for again under the same word after its end is over.
    package var transfer: String
    /// Stands for where it comes from.
    package var source: String?

    package init(
        etag: String, bytes: Int64, name: String, folder: Bool, transfer: String, source: String? = nil
    ) {
        self.etag = etag
        self.bytes = bytes
        self.name = name
        self.folder = folder
        self.transfer = transfer
        self.source = source
    }

    package static let schema = JSONSchema.object(
        [
            "etag": .string(minLength: 1, maxLength: 64).describe("Stands for the source's state"), "bytes": .bytes,
            "name": .string(minLength: 1, maxLength: 255)
                .describe("What its paths begin with; `.` for the content of a folder"),
            "folder": .boolean,
            "transfer": .string(minLength: 1, maxLength: 64).describe("The caller's own word for this copy"),
            "source": .string(maxLength: 64).describe("Stands for where it comes from: copies of two sources are two"),
        ], required: ["etag", "bytes", "name", "folder", "transfer"])
}

package struct HostCopyInInput: Described, Hashable {
    package var path: String
    package var parents: Bool?
    package var into: Bool?
    package var archive: CopyArchive?

    package init(path: String, parents: Bool? = nil, into: Bool? = nil, archive: CopyArchive? = nil) {
        self.path = path
        self.parents = parents
        self.into = into
        self.archive = archive
    }

    package static let schema = JSONSchema.object(
        [
            "path": .copyPath.describe("Into this folder where there is one, else to this name"),
            "parents": .boolean.describe("Makes folders that are missing"),
            "into": .boolean.describe("The path is a folder that it goes into, in no case a name for it"),
            "archive": CopyArchive.schema,
        ], required: ["path"])
}

package struct HostCopyInOutput: Described, Hashable {
    /// What comes to be.
    package var path: String
    /// The archive's first byte that is wanted; its length where nothing is.
    package var offset: Int64

    package init(path: String, offset: Int64) {
        self.path = path
        self.offset = offset
    }

    package static let schema = JSONSchema.object(
        ["path": .string(), "offset": .integer(minimum: 0).describe("The archive's first byte that is wanted")],
        required: ["path", "offset"])
}

package struct HostCopyOutInput: Described, Hashable {
    package var path: String
    package var etag: String?
    package var offset: Int64?

    package init(path: String, etag: String? = nil, offset: Int64? = nil) {
        self.path = path
        self.etag = etag
        self.offset = offset
    }

    package static let schema = JSONSchema.object(
        [
            "path": .copyPath.describe("A folder with `/.` behind it means its content"),
            "etag": .string(minLength: 1, maxLength: 64).describe("Of the archive that was begun"),
            "offset": .integer(minimum: 0).describe("Where to go on, if the source is still the same"),
        ], required: ["path"])
}

package struct HostCopyOutOutput: Described, Hashable {
    package var etag: String
    /// The archive's length.
    package var bytes: Int64
    /// Bytes of the files themselves.
    package var content: Int64
    /// Files, folders and links.
    package var entries: Int
    /// Where what is sent begins: 0 where the source is not the same any more.
    package var offset: Int64
    package var name: String
    package var folder: Bool
    /// What was left out, and the first of it.
    package var skipped: Int?
    package var firstSkipped: String?

    package init(
        etag: String, bytes: Int64, content: Int64, entries: Int, offset: Int64, name: String, folder: Bool
    ) {
        self.etag = etag
        self.bytes = bytes
        self.content = content
        self.entries = entries
        self.offset = offset
        self.name = name
        self.folder = folder
    }

    package static let schema = JSONSchema.object(
        [
            "etag": .string(), "bytes": .bytes, "content": .bytes, "entries": .integer(minimum: 0),
            "offset": .integer(minimum: 0),
            "name": .string(), "folder": .boolean, "skipped": .integer(minimum: 0), "firstSkipped": .string(),
        ], required: ["etag", "bytes", "content", "entries", "offset", "name", "folder"])
}

extension JSONSchema {
    /// A path on a machine: absolute, or from the home of the spoke's user on, which may be called `~`.
    fileprivate static var copyPath: JSONSchema { .string(maxLength: 4096) }
}

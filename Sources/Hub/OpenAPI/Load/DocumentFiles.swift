package import CallProtocol

/// The files that a document consists of, read: the one it begins with, and those it refers to.
package struct DocumentFiles: Sendable {
    /// The path of the file that the document begins with, as ``files`` has it.
    package let root: String
    /// By path from the root file's folder.
    package private(set) var files: [String: JSONValue]
    /// References to files that could not be had, by the path that was asked for, with the reason.
    package private(set) var missing: [String: String] = [:]

    /// Files of one document, at most; bytes of all of them together at most ``DocumentReader/longest``.
    package static let mostFiles = 1_000

    /// A document of one file.
    package init(_ root: JSONValue, path: String = "document") {
        self.root = path
        files = [path: root]
    }

    /// Reads a file and all that it refers to, and so on.
    /// - Parameters:
    ///   - root: the name of the first file, without its folder.
    ///   - read: the bytes of a file by its path from the first file's folder; nil where there is none.
    /// - Throws: ``DocumentError`` for the first file; others that cannot be read are told by ``missing``.
    package init(root: String, read: (_ path: String) throws -> [UInt8]?) throws(DocumentError) {
        self.root = root
        files = [:]
        guard let bytes = try? read(root) else { throw DocumentError(file: root, reason: "cannot be read") }
        var left = DocumentReader.longest - bytes.count
        let first = try DocumentReader.read(bytes, file: root)
        files[root] = first
        var waiting = [(path: root, value: first)]
        while let next = waiting.popLast() {
            for path in Self.referred(in: next.value, from: next.path) where files[path] == nil && missing[path] == nil
            {
                guard files.count < Self.mostFiles, left > 0 else {
                    missing[path] = "the document has too many files"
                    continue
                }
                guard let bytes = try? read(path) else {
                    missing[path] = "there is no such file"
                    continue
                }
                left -= bytes.count
                do throws(DocumentError) {
                    let value = try DocumentReader.read(bytes, file: path)
                    files[path] = value
                    waiting.append((path, value))
                } catch { missing[path] = error.description }
            }
        }
    }

    /// The same document with another first file.
    func replacingRoot(_ value: JSONValue) -> DocumentFiles {
        var changed = self
        changed.files[root] = value
        return changed
    }

    /// The paths of other files within the folder that a value refers to.
    private static func referred(in value: JSONValue, from path: String) -> [String] {
        var found: [String] = []
        var waiting = [value]
        while let next = waiting.popLast() {
            switch next {
            case .object(let members):
                for member in members {
                    if member.key == "$ref", let text = member.value.stringValue,
                        case .file(let target, _)? = Reference(text, from: path), target != path
                    {
                        found.append(target)
                    }
                    waiting.append(member.value)
                }
            case .array(let elements): waiting += elements
            default: break
            }
        }
        return found
    }
}

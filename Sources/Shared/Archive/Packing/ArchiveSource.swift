import Daemon
import Glibc

/// A file or folder that is packed.
package struct ArchiveSource: Sendable, Hashable {
    /// Absolute.
    package var path: [UInt8]
    /// What the paths of the archive begin with; `.` where only a folder's content is meant.
    package var name: [UInt8]

    /// The name of a folder of which only the content is meant.
    static let contents = Array(".".utf8)

    /// What a person's words mean.
    ///
    /// `~` is `home`; what is relative is so to `base`; a folder with `/.` behind it means its content.
    package init(_ text: String, base: String, home: String) {
        path = Array(Self.absolute(text, base: base, home: home).utf8)
        let isContents = text == "." || text.hasSuffix("/.")
        let dot = Array("/.".utf8)
        while path.count > 1, path.last == BytePath.slash || path.suffix(2) == dot[...] {
            path.removeLast(path.last == BytePath.slash ? 1 : 2)
        }
        if path.isEmpty { path = [BytePath.slash] }
        name = BytePath.lastPart(path)
        if name == Array("..".utf8) { name = Self.realName(path) }
        if isContents || name.isEmpty { name = Self.contents }
    }

    private static func realName(_ path: [UInt8]) -> [UInt8] {
        guard let real = BytePath.with(path, { realpath($0, nil) }) else { return [] }
        defer { free(real) }
        return BytePath.lastPart(Array(String(cString: real).utf8))
    }

    /// The absolute path of a person's words.
    static func absolute(_ text: String, base: String, home: String) -> String {
        if text.isEmpty { return base }
        if text == "~" { return home }
        if text.hasPrefix("~/") { return home + text.dropFirst() }
        return text.hasPrefix("/") ? text : base + "/" + text
    }
}

import CallProtocol
import Glibc
import NIOCore

/// A file of lines that others write to, and may put a new one in place of.
struct LogFile {
    let path: String
    private var descriptor: Int32 = -1
    /// What came without the end of its line.
    private var rest: [UInt8] = []

    init(path: String) { self.path = path }

    /// The last lines, or all of the file; nothing where there is none.
    /// - Parameter count: lines of the files before are taken too, where there are not so many in this one.
    mutating func last(_ count: Int?) throws -> [String] {
        var lines = try more()
        guard let count else { return lines }
        var number = 1
        while lines.count < count {
            var older = LogFile(path: "\(path).\(number)")
            let earlier = try older.more()
            older.close()
            if earlier.isEmpty { break }
            lines = earlier + lines
            number += 1
        }
        return Array(lines.suffix(count))
    }

    /// The lines that were written since, in the old file first where there is a new one.
    mutating func more() throws -> [String] {
        if descriptor < 0 { try open() }
        var lines = try read()
        if isReplaced {
            lines += try read()
            close()
            try open()
            lines += try read()
        }
        return lines
    }

    private var isReplaced: Bool {
        var (mine, named) = (Glibc.stat(), Glibc.stat())
        guard descriptor >= 0, fstat(descriptor, &mine) == 0, stat(path, &named) == 0 else { return false }
        return mine.st_ino != named.st_ino
    }

    private mutating func open() throws {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 || errno == ENOENT else {
            throw Failure(.forbidden, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
    }

    private mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        rest = []
    }

    private mutating func read() throws -> [String] {
        guard descriptor >= 0 else { return [] }
        var lines: [String] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return lines }
            rest += chunk[..<count]
            var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let unfinished = Array(parts.removeLast())
            lines += parts.map { String(decoding: $0, as: UTF8.self) }
            rest = unfinished
        }
    }
}

/// A line of JSON in words.
enum LogLine {
    private static let known: Set<String> = ["ts", "level", "label", "msg"]

    /// `TIME LEVEL MESSAGE KEY=VALUE...`; the line as it is where it is no JSON.
    static func words(_ line: String) -> String {
        guard let value = try? JSONParser.parse(ByteBuffer(string: line)), case .object(let object) = value,
            let message = value["msg"]?.stringValue
        else { return CellText.line(line) }
        var words = [value["ts"]?.stringValue ?? "", value["level"]?.stringValue ?? "", message]
        for member in object.members where !known.contains(member.key) {
            words.append("\(member.key)=\(member.value.stringValue ?? member.value.description)")
        }
        return CellText.line(words.joined(separator: " "))
    }
}

import Crypto
import Glibc
package import NIOCore
import Proxy
import Synchronization

/// A file that this hub hands out, held open: it stays the same when an upgrade replaces it on disk.
package final class HandedOutFile: ProxyFile {
    package let size: Int64
    /// Where it is handed out.
    package let path: String
    private let descriptor: Int32
    private let known = Mutex<String?>(nil)

    /// - Returns: nil where the file cannot be read.
    package init?(_ file: String, at path: String) {
        descriptor = open(file, O_RDONLY | O_CLOEXEC)
        self.path = path
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_size > 0 else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        size = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    package func bytes(at offset: Int64, atMost count: Int) -> ByteBuffer? {
        var bytes = ByteBuffer()
        let read = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            max(0, pread(descriptor, space.baseAddress, min(count, space.count), off_t(offset)))
        }
        return read > 0 ? bytes : nil
    }

    /// SHA-256 in hex; reckoned once, for which all of it is read.
    func checksum() -> String? {
        if let known = known.withLock({ $0 }) { return known }
        var (hash, offset) = (SHA256(), Int64(0))
        while offset < size {
            guard let bytes = bytes(at: offset, atMost: 1 << 20) else { return nil }
            bytes.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            offset += Int64(bytes.readableBytes)
        }
        let text = hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        known.withLock { $0 = text }
        return text
    }
}

/// What machines get that are to become nodes.
package struct HandedOut: Sendable {
    /// The file that this hub runs.
    let program: HandedOutFile
    /// The certificates of public authorities that this machine has; nil where it has none.
    let roots: HandedOutFile?
    /// As `uname -m` has it.
    let architecture: String

    /// - Returns: nil where the program cannot be read.
    package init?(program path: String) {
        var machine = utsname()
        guard uname(&machine) == 0 else { return nil }
        let name = withUnsafeBytes(of: machine.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard let program = HandedOutFile(path, at: "/bin/capstan-linux-\(name)") else { return nil }
        (self.program, architecture) = (program, name)
        roots = HandedOutFile("/etc/ssl/certs/ca-certificates.crt", at: "/bin/ca-certificates.crt")
    }

    package func file(at path: String) -> HandedOutFile? { [program, roots].first { $0?.path == path } ?? nil }

    /// - Parameter address: `http://HOST:PORT`
    func download(from address: String) -> BootScript.Download? {
        guard let checksum = program.checksum() else { return nil }
        var download = BootScript.Download(
            url: address + program.path, checksum: checksum, architecture: architecture)
        if let roots, let checksum = roots.checksum() { download.roots = (address + roots.path, checksum) }
        return download
    }
}

extension HubCore {
    /// Where rented machines get the hub's own program; nil where they have to have it.
    var download: BootScript.Download? {
        get async {
            guard let files = configuration.handedOut, let address = configuration.programURL else { return nil }
            return await Task.detached { files.download(from: address) }.value
        }
    }
}

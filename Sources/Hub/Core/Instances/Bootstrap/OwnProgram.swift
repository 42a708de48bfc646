import Crypto
import Glibc
package import NIOCore
import Proxy
import Synchronization

/// The file that this hub runs, held open: what is handed out stays the same when an upgrade replaces it on disk.
package final class OwnProgram: ProxyFile {
    package let size: Int64
    /// `x86_64`
    let architecture: String
    private let descriptor: Int32
    private let known = Mutex<String?>(nil)

    /// - Returns: nil where the file cannot be read.
    package init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var (status, machine) = (stat(), utsname())
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_size > 0, uname(&machine) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        size = Int64(status.st_size)
        architecture = withUnsafeBytes(of: machine.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    deinit { close(descriptor) }

    /// Where it is handed out.
    package var path: String { "/bin/capstan-linux-\(architecture)" }

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

extension HubCore {
    /// Where rented machines get the hub's own program; nil where they have to have it.
    var download: BootScript.Download? {
        get async {
            guard let program = configuration.program, let address = configuration.programURL,
                let checksum = await Task.detached(operation: { program.checksum() }).value
            else { return nil }
            return BootScript.Download(
                url: address + program.path, checksum: checksum, architecture: program.architecture)
        }
    }
}

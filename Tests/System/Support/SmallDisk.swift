import Foundation
import TestKit

/// A file system of a few megabytes in memory, to be filled to the last byte.
struct SmallDisk: Sendable {
    let path: String

    /// Whether one can be mounted here: that takes root, and a machine that lets root do it.
    static let isPossible: Bool = {
        guard let disk = try? SmallDisk(at: Leftovers.folder("disk"), megabytes: 1) else { return false }
        disk.remove()
        return true
    }()

    /// Mounts one at `path`, a folder that it makes.
    init(at path: String, megabytes: Int) throws {
        Leftovers.sweepMounts()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0700") == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(atPath: path)
            throw Unmet(what: "a small disk (\(reason))", seconds: 0)
        }
        self.path = path
    }

    /// Unmounts it, whoever uses it still.
    func remove() {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes until nothing more fits.
    func fill() throws {
        let file = open(path + "/ballast", O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { throw Unmet(what: "ballast (\(String(cString: strerror(errno))))", seconds: 0) }
        defer { close(file) }
        lseek(file, 0, SEEK_END)
        for size in [1 << 20, 4096, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) > 0 {}
        }
    }

    /// Gives the room back.
    func free() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }
}

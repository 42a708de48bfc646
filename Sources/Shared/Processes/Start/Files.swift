import CProcesses
import Glibc

/// Small files, without Foundation.
enum Files {
    /// Writes all bytes to a blocking descriptor; nil, or what went wrong.
    static func write(_ bytes: [UInt8], to fd: Int32) -> SystemError? {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(fd, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return SystemError("write", code: errno) }
            done += count
        }
        return nil
    }

    /// Exactly `count` bytes from a blocking descriptor, nil when it ends or fails before.
    static func read(exactly count: Int, from fd: Int32) -> [UInt8]? {
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while done < count {
                let result = Glibc.read(fd, buffer.baseAddress?.advanced(by: done), count - done)
                if result < 0, errno == EINTR { continue }
                if result <= 0 { break }
                done += result
            }
            initialized = done
        }
        return done == count ? bytes : nil
    }

    /// The text of a file of at most 64 KiB, relative to an open directory; nil when it is not there.
    static func text(of name: String, in directory: Int32) throws(SystemError) -> String? {
        let opened = cp_open_at(directory, name, O_RDONLY, 0)
        if opened == -ENOENT { return nil }
        let file = Descriptor(try SystemError.check("open \(name)", opened))
        return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            var count = 0
            while count < buffer.count {
                let result = Glibc.read(file.fd, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                if result < 0, errno == EINTR { continue }
                if result <= 0 { break }
                count += result
            }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}

/// Clocks, as numbers.
enum Time {
    /// Nanoseconds of the clock that never jumps.
    static func monotonic() -> UInt64 { now(CLOCK_MONOTONIC) }
    /// Unix microseconds.
    static func unixMicroseconds() -> UInt64 { now(CLOCK_REALTIME) / 1000 }
    /// Unix milliseconds.
    static func unixMilliseconds() -> Int64 { Int64(now(CLOCK_REALTIME) / 1_000_000) }

    private static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

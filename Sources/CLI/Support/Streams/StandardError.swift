import Glibc

/// Messages for people and error objects for scripts. Whether anyone reads them is no concern of the command.
enum StandardError {
    /// Writes all of `text`; what cannot be written is dropped.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(2, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN {
                    var entry = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
                    poll(&entry, 1, 1_000)
                    if entry.revents != 0 { continue }
                }
                guard count > 0 else { return }
                done += count
            }
        }
    }
}

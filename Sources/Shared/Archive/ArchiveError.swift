package import CallProtocol
package import Daemon

/// Why a tree could not be packed or unpacked. Paths are named, so that the message can be shown as it is.
package enum ArchiveError: Error, Hashable, Sendable {
    case file(FileError)
    /// The bytes are no archive, or one with what is not taken.
    case malformed(String)
    /// An entry would lie outside of where the archive goes.
    case escapes(String)
    /// Something of another kind is in the way.
    case inTheWay(String)
    /// The folder that it goes to is missing.
    case noFolder(String)
    /// A file changed while it was read, so that what was sent of it is not what it is now.
    case changed(String)
    /// What is to come needs more room than there is; both in bytes.
    case noRoom(String, needed: Int64, free: Int64)
    /// The same copy runs already.
    case busy
}

extension ArchiveError {
    /// Whether trying again without changing anything must fail again, so that nothing is kept for it.
    package var isFinal: Bool {
        switch self {
        case .file(.diskFull), .busy: false
        default: true
        }
    }

    /// The system's error number, where it was the system that refused and the number says more than the case.
    var systemCode: Int32? {
        guard case .file(.failed(_, _, let code)) = self else { return nil }
        return code
    }
}

extension ArchiveError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let error): error.description
        case .malformed(let reason): "not a usable tar archive: \(reason)"
        case .escapes(let path): "the archive has `\(path)`, which would lie outside of where it goes"
        case .inTheWay(let reason): reason
        case .noFolder(let path): "there is no folder \(path)"
        case .changed(let path): "\(path) changed while it was read"
        case .noRoom(let path, let needed, let free):
            "there is no room in \(path): \(needed) bytes are needed and \(free) are free"
        case .busy: "the same copy runs already"
        }
    }
}

extension CallError {
    /// Why an archive could not be packed or unpacked, for who asked.
    package init(_ error: ArchiveError) {
        let code: ErrorCode =
            switch error {
            case .file(.notFound), .noFolder: .notFound
            case .file(.diskFull), .noRoom: .resourceExhausted
            case .file: .failedPrecondition
            case .malformed, .escapes: .invalidInput
            case .inTheWay, .changed, .busy: .conflict
            }
        self.init(code, error.description, retryable: false)
    }
}

import Glibc

/// Why a program could not be started. The text of each case says which program or what the system said.
package enum LaunchError: Error, Sendable, Equatable, CustomStringConvertible {
    case programNotFound(String)
    case notExecutable(String)
    case badWorkingDirectory(String)
    /// No processes, memory or descriptors left: worth another try later.
    case resourceExhausted(String)
    case other(String)

    /// What a shell would exit with: 127 for no such program, 126 for one that cannot be executed, be it for want of its
    /// working directory; nil otherwise.
    package var exitCode: Int32? {
        switch self {
        case .programNotFound: 127
        case .notExecutable, .badWorkingDirectory: 126
        case .resourceExhausted, .other: nil
        }
    }

    package var description: String {
        switch self {
        case .programNotFound(let text), .notExecutable(let text), .badWorkingDirectory(let text),
            .resourceExhausted(let text), .other(let text):
            text
        }
    }

    /// What errno means after a program was found and its start was refused.
    init(code: Int32, program: String) {
        let text = "\(program): \(SystemError.text(code))"
        switch code {
        case EAGAIN, ENOMEM, EMFILE, ENFILE: self = .resourceExhausted(text)
        // ENOENT of a file that is there: the interpreter that its first line names is missing.
        case ENOENT, EACCES, ENOEXEC, EPERM, ELIBBAD, EISDIR, ETXTBSY, ENOTDIR, ELOOP: self = .notExecutable(text)
        default: self = .other(text)
        }
    }
}

import Agent
import Archive
import ArgumentParser
import CallProtocol
import Daemon
import Database
import Formats
import Link
import Operations
import Store

/// Why a command ends with a code of ours: the same for people, scripts and the shell.
struct Failure: Error, Hashable {
    var code: ErrorCode
    var exit: Daemon.ExitCode
    /// What was wrong, with what.
    var message: String
    /// What to do, where there is something.
    var advice: String?
    var details: JSONValue?

    init(
        _ code: ErrorCode, _ message: String, exit: Daemon.ExitCode? = nil, advice: String? = nil,
        details: JSONValue? = nil
    ) {
        self.code = code
        self.exit = exit ?? Daemon.ExitCode(rawValue: code.exitCode)
        self.message = message
        self.advice = advice
        self.details = details
    }

    /// Bad, missing or conflicting arguments.
    static func misuse(_ message: String, advice: String? = nil) -> Failure {
        Failure(.invalidInput, message, advice: advice)
    }

    /// A file or an answer that is not what it should be.
    static func malformed(_ message: String, advice: String? = nil) -> Failure {
        Failure(ErrorCode(rawValue: "MALFORMED"), message, exit: .malformed, advice: advice)
    }

    /// There is no configuration where some is needed.
    static func notConfigured(_ message: String, advice: String? = nil) -> Failure {
        Failure(ErrorCode(rawValue: "NOT_CONFIGURED"), message, exit: .configMissing, advice: advice)
    }

    /// It failed at run time.
    static func failed(_ message: String, advice: String? = nil) -> Failure {
        Failure(ErrorCode(rawValue: "FAILED"), message, exit: .failure, advice: advice)
    }
}

extension Failure {
    /// Any error in these terms. What nobody foresaw is `INTERNAL` and said as it describes itself.
    init(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as CallError:
            self.init(error.code, error.message, details: error.details)
        case let error as DialError:
            self.init(error.callError)
        case let error as FileError: self.init(error)
        case let error as ArchiveError: self.init(CallError(error))
        case let error as DatabaseFileError: self.init(error)
        case let error as StoreError: self.init(error)
        case let error as SpokeIdentityError: self = .malformed(error.description)
        case let error as SingletonLock.AlreadyRunning: self = .failed(error.description)
        case let error as StateDirectory.Unresolved:
            self = error.isMisuse ? .misuse(error.description) : .notConfigured(error.description)
        case let error as JoinTokenError:
            self.init(
                .tokenInvalid, error.description, exit: .misuse,
                advice: "make a new one on the hub's side: capstan token create")
        case let error as FormatError: self = .misuse(error.description)
        case let error as LabelError: self = .misuse(error.message)
        case is CancellationError: self.init(.aborted, "interrupted")
        default: self.init(.internalError, "\(error)", exit: .bug)
        }
    }

    private init(_ error: FileError) {
        switch error {
        case .diskFull: self.init(.resourceExhausted, error.description)
        case .denied, .unsafeDirectory: self.init(.forbidden, error.description)
        case .tooLarge: self = .malformed(error.description)
        case .notFound: self.init(.notFound, error.description)
        case .failed: self = .failed(error.description)
        }
    }

    private init(_ error: DatabaseFileError) {
        switch error {
        case .corrupt, .newerVersion, .olderVersion: self = .malformed(error.description)
        case .diskFull, .queueFull: self.init(.resourceExhausted, error.description)
        case .cannotOpen, .notDurable, .closed: self = .failed(error.description)
        }
    }

    private init(_ error: StoreError) {
        switch error {
        case .unusable, .outdated: self = .malformed(error.description)
        case .diskFull, .overloaded: self.init(.resourceExhausted, error.description)
        case .conflict: self.init(.conflict, error.description)
        case .notFound: self.init(.notFound, error.description)
        case .closed: self = .failed(error.description)
        }
    }
}

/// Ends the process with a program's own code, without a word: what was to be said has been said.
struct ProgramExit: Error, Hashable {
    var code: Int32
}

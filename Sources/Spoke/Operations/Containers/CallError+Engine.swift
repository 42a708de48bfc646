import CallProtocol
import Engine
import Operations

extension CallError {
    static func noEngine(_ reason: String?) -> CallError {
        CallError(.failedPrecondition, "no container engine on this node" + (reason.map { ": \($0)" } ?? ""))
    }

    static func engineAway(_ reason: String) -> CallError {
        CallError(.unavailable, "the container engine is away: \(reason)")
    }

    init(_ absence: EngineAbsence) {
        switch absence {
        case .none(let reason): self = .noEngine(reason)
        case .away(let reason): self = .engineAway(reason)
        }
    }

    /// What an engine's refusal means for a caller.
    /// - Parameter missing: what a 404 is about.
    /// - Parameter conflict: what a 409 means: mostly that the container is not in a state for it.
    init(_ error: EngineError, missing: Missing = .container, conflict: ErrorCode = .failedPrecondition) {
        switch error {
        case .unreachable, .broken: self = .engineAway("\(error)")
        case .unusable(let reason): self = .noEngine(reason)
        case .malformed: self.init(.internalError, "\(error)")
        case .refused(let status, let message):
            switch status {
            case 400: self.init(.invalidInput, message)
            case 401, 403: self.init(.forbidden, message)
            case 404: self.init(missing.code, message)
            case 409: self.init(conflict, message)
            case 501: self.init(.failedPrecondition, message)
            case 503: self.init(.unavailable, message)
            default: self.init(.failedPrecondition, message)
            }
        }
    }

    /// What a call was about.
    enum Missing {
        case container, image, path

        var code: ErrorCode {
            switch self {
            case .container: ContainerError.notFound
            case .image: ContainerError.imageNotFound
            case .path: .notFound
            }
        }
    }
}

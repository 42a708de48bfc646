package import CallProtocol
package import Store

extension StoreError {
    /// The same in the terms of a call.
    package var callError: CallError {
        switch self {
        case .diskFull, .overloaded: CallError(.resourceExhausted, description)
        case .conflict: CallError(.conflict, description)
        case .notFound: CallError(.notFound, description)
        case .closed: CallError(.unavailable, description)
        case .outdated, .unusable: CallError(.internalError, "the hub's store failed; its log says why")
        }
    }
}

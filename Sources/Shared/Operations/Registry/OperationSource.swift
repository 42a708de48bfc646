package import CallProtocol

/// Operations that come and go while a registry stays as it is: those of providers.
package protocol OperationSource: Sendable {
    /// The operation of that name with the code that does it; nil where there is none, or none that the caller may know of.
    /// - Throws: `UNAVAILABLE` while it cannot be known.
    func entry(_ name: String, for caller: Caller) throws(CallError) -> OperationEntry?

    /// Those that everybody may know of who has the right to call them, by name; their schemas may lack definitions.
    var descriptors: [OperationDescriptor] { get }

    /// One with its whole schemas.
    /// - Throws: `UNAVAILABLE` while it cannot be known.
    func descriptor(_ name: String, for caller: Caller) throws(CallError) -> OperationDescriptor?
}

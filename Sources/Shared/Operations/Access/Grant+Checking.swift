package import CallProtocol

extension Grant {
    /// A grant as it comes in, checked.
    ///
    /// - Parameters:
    ///   - written: what was asked for.
    ///   - place: where that stands in the input, for the error: `grants[0]`.
    /// - Throws: `INVALID_INPUT` that says which part is wrong, why, and how to write it.
    package init(_ written: RoleGrant, at place: String, scopes known: ScopeTable) throws(CallError) {
        for (index, scope) in written.scopes.enumerated() {
            guard let fault = known.fault(scope, isBound: written.resources != nil) else { continue }
            throw CallError(.invalidInput, "\(place).scopes[\(index)]: \(fault)")
        }
        for (index, pattern) in (written.resources ?? []).enumerated() {
            guard let fault = ResourcePattern.fault(pattern) else { continue }
            throw CallError(
                .invalidInput,
                "\(place).resources[\(index)]: `\(pattern.prefix(ResourcePattern.maximumLength))` \(fault)")
        }
        self.init(
            scopes: written.scopes, nodes: try Self.selector(written.nodes ?? [], at: "\(place).nodes"),
            resources: written.resources)
    }

    private static func selector(_ texts: [String], at place: String) throws(CallError) -> LabelSelector {
        for (index, text) in texts.enumerated() {
            do throws(LabelError) {
                _ = try LabelRequirement(parsing: text)
            } catch {
                throw CallError(.invalidInput, "\(place)[\(index)]: \(error.message)")
            }
        }
        do throws(LabelError) {
            return try LabelSelector(parsing: texts)
        } catch {
            throw CallError(.invalidInput, "\(place): \(error.message)")
        }
    }
}

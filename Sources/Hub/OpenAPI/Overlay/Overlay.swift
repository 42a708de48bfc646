package import CallProtocol

/// Changes of a document, as data: the OpenAPI Overlay form, 1.0. A provider's mistakes are mended with it before anything is read.
package struct Overlay: Sendable {
    private struct Action: Sendable {
        var target: JSONPath
        var text: String
        var update: JSONValue?
        var isRemoval: Bool
    }

    private var actions: [Action] = []

    /// - Parameter file: what messages call it.
    /// - Throws: ``DocumentError`` for what is no overlay, an action without a target, or a target that is no JSONPath.
    package init(_ bytes: [UInt8], file: String) throws(DocumentError) {
        let value = try DocumentReader.read(bytes, file: file)
        guard let version = value["overlay"], (version.stringValue ?? version.description).hasPrefix("1.") else {
            throw DocumentError(file: file, reason: "has no `overlay: 1.0.0`, so it is no overlay")
        }
        guard let listed = value["actions"]?.arrayValue else {
            throw DocumentError(file: file, reason: "has no list of `actions`")
        }
        for (place, action) in listed.enumerated() {
            guard let text = action["target"]?.stringValue else {
                throw DocumentError(file: file, reason: "action \(place + 1) has no `target`")
            }
            let isRemoval = action["remove"]?.boolValue == true
            guard isRemoval || action["update"] != nil else {
                throw DocumentError(file: file, reason: "action \(place + 1) says neither `update` nor `remove: true`")
            }
            do throws(JSONPathError) {
                actions.append(
                    Action(
                        target: try JSONPath(text), text: text, update: isRemoval ? nil : action["update"],
                        isRemoval: isRemoval))
            } catch {
                throw DocumentError(file: file, reason: "action \(place + 1): the target `\(text)`: \(error.reason)")
            }
        }
    }

    /// The document's first file with the changes, one action after the other.
    /// - Returns: the changed value, and the targets that were not there: a mistake that is mended upstream, or one of the overlay.
    package func applied(to root: JSONValue) -> (value: JSONValue, unmatched: [String]) {
        var value = root
        var unmatched: [String] = []
        for action in actions {
            let found = action.target.matches(in: value)
            if found.isEmpty { unmatched.append(action.text) }
            // From the end, so that what is removed moves nothing that is still to be.
            for steps in found.reversed() {
                value = Self.changed(value, at: steps[...], action.isRemoval ? nil : action.update)
            }
        }
        return (value, unmatched)
    }

    /// - Parameter update: what is merged in; nil removes.
    private static func changed(_ value: JSONValue, at steps: ArraySlice<JSONPath.Step>, _ update: JSONValue?)
        -> JSONValue
    {
        guard let step = steps.first else { return update.map { merged(value, $0) } ?? value }
        let isLast = steps.count == 1
        switch (step, value) {
        case (.name(let name), .object(var members)):
            guard let member = members[name] else { return value }
            if isLast, update == nil {
                members[name] = nil
            } else {
                members[name] = changed(member, at: steps.dropFirst(), update)
            }
            return .object(members)
        case (.index(let index), .array(var elements)):
            guard elements.indices.contains(index) else { return value }
            if isLast, update == nil {
                elements.remove(at: index)
            } else {
                elements[index] = changed(elements[index], at: steps.dropFirst(), update)
            }
            return .array(elements)
        default: return value
        }
    }

    /// Objects are merged, what is new to a list is put at its end, all else is replaced (Overlay 1.0, section 4.4.3).
    private static func merged(_ value: JSONValue, _ update: JSONValue) -> JSONValue {
        switch (value, update) {
        case (.object(var members), .object(let changes)):
            for change in changes {
                members[change.key] = members[change.key].map { merged($0, change.value) } ?? change.value
            }
            return .object(members)
        case (.array(let elements), .array(let more)): return .array(elements + more)
        case (.array(let elements), _): return .array(elements + [update])
        default: return update
        }
    }
}

extension DocumentFiles {
    /// The document with its first file changed by an overlay.
    /// - Returns: also the targets that were not there.
    package func applying(_ overlay: Overlay) -> (document: DocumentFiles, unmatched: [String]) {
        let (value, unmatched) = overlay.applied(to: files[root] ?? .null)
        return (replacingRoot(value), unmatched)
    }
}

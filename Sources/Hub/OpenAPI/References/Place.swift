import CallProtocol
import Operations

/// A value in a document, and where it stands.
struct Place: CustomStringConvertible {
    let document: DocumentFiles
    let file: String
    let steps: [String]
    let value: JSONValue

    /// The whole of the first file.
    init(_ document: DocumentFiles) {
        self.document = document
        file = document.root
        steps = []
        value = document.files[document.root] ?? .null
    }

    private init(_ document: DocumentFiles, _ file: String, _ steps: [String], _ value: JSONValue) {
        (self.document, self.file, self.steps, self.value) = (document, file, steps, value)
    }

    /// A step within the same file, to a value that may be changed from what stands there.
    func under(_ step: String, _ value: JSONValue) -> Place { Place(document, file, steps + [step], value) }

    subscript(step: String) -> Place? {
        value[step].map { under(step, $0) }
    }

    /// The members of an object, as places; none of anything else.
    var members: [(key: String, place: Place)] {
        (value.objectValue ?? [:]).map { ($0.key, under($0.key, $0.value)) }
    }

    /// The elements of an array, as places; none of anything else.
    var elements: [Place] {
        (value.arrayValue ?? []).enumerated().map { under("\($0)", $1) }
    }

    func string(_ key: String) -> String? { value[key]?.stringValue }
    func bool(_ key: String) -> Bool? { value[key]?.boolValue }

    /// The same place with another value.
    func with(_ value: JSONValue) -> Place { Place(document, file, steps, value) }

    /// What a reference from here means; nil where there is nothing.
    func target(_ text: String) -> Place? {
        guard case .file(let file, let steps)? = Reference(text, from: file), let root = document.files[file] else {
            return nil
        }
        return Self.find(steps, in: root).map { Place(document, file, steps, $0) }
    }

    /// Follows `$ref`, as long as there is one; members beside it count before those of what it refers to.
    /// - Returns: nil where it leads nowhere or in a circle.
    func resolved() -> Place? {
        var place = self
        var beside = JSONObject()
        for _ in 0..<32 {
            guard let object = place.value.objectValue, let text = object["$ref"]?.stringValue else {
                guard !beside.isEmpty, let object = place.value.objectValue else { return place }
                var all = object
                for member in beside { all[member.key] = member.value }
                return place.with(.object(all))
            }
            for member in object where member.key != "$ref" && beside[member.key] == nil {
                beside[member.key] = member.value
            }
            guard let target = place.target(text) else { return nil }
            place = target
        }
        return nil
    }

    private static func find(_ steps: [String], in root: JSONValue) -> JSONValue? {
        var value = root
        for step in steps {
            let next = value[step] ?? Int(step).flatMap { value[$0] }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// JSON Pointer as a fragment; with the file's path where it is not the first.
    var description: String {
        let pointer = steps.map { "/" + JSONPointer.escape($0) }.joined()
        return file == document.root ? (pointer.isEmpty ? "/" : pointer) : "\(file)#\(pointer)"
    }
}

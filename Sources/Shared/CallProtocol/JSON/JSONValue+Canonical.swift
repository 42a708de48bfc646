import NIOCore

extension JSONValue {
    /// The bytes that stand for this value when it is hashed or signed: no white space, keys sorted by their UTF-16
    /// units, the fewest escapes, numbers as ECMAScript writes them (RFC 8785), with one difference: whole numbers
    /// within `Int64` keep all their digits, where RFC 8785 would first round them to a double.
    ///
    /// Equal values have equal bytes. A double that is not finite is written as null.
    package func canonicalBytes() -> [UInt8] {
        var writer = JSONWriter()
        canonical(into: &writer)
        return Array(writer.buffer.readableBytesView)
    }

    private func canonical(into writer: inout JSONWriter) {
        switch self {
        case .double(let value) where value.isFinite:
            // A whole double is written as the integer it is equal to.
            if let whole = Int64(exactly: value) {
                writer.integer(whole)
            } else {
                writer.number(JSONNumber.text(value, canonical: true))
            }
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.canonical(into: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members.members.sorted(by: { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }) {
                writer.key(member.key)
                member.value.canonical(into: &writer)
            }
            writer.endObject()
        default:
            writer.value(self)
        }
    }
}

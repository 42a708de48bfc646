extension JSONValue: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.double(let one), .double(let other)): one == other
        case (.integer(let whole), .double(let other)), (.double(let other), .integer(let whole)):
            Int64(exactly: other) == whole
        case (.string(let one), .string(let other)): JSONKeyBytes.same(one, other)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null:
            hasher.combine(0)
        case .bool(let value):
            hasher.combine(1)
            hasher.combine(value)
        case .integer(let value):
            hasher.combine(2)
            hasher.combine(value)
        case .double(let value):
            // A double that is a whole number must hash like the integer it is equal to.
            hasher.combine(2)
            if let whole = Int64(exactly: value) { hasher.combine(whole) } else { hasher.combine(value) }
        case .string(let value):
            hasher.combine(3)
            hasher.combine(JSONKeyBytes(value))
        case .array(let elements):
            hasher.combine(4)
            hasher.combine(elements)
        case .object(let members):
            hasher.combine(5)
            hasher.combine(members)
        }
    }

    /// Whether this number is less than, equal to or greater than another, exactly; nil where either is no number.
    /// Returns a negative number, zero or a positive number.
    package func compared(to other: JSONValue) -> Int? {
        switch (self, other) {
        case (.integer(let one), .integer(let two)):
            one < two ? -1 : (one == two ? 0 : 1)
        case (.double(let one), .double(let two)):
            one < two ? -1 : (one == two ? 0 : 1)
        case (.integer(let one), .double(let two)):
            Self.order(one, two)
        case (.double(let one), .integer(let two)):
            -Self.order(two, one)
        default:
            nil
        }
    }

    /// Swift compares integers with floating point numbers of any size exactly, without rounding either.
    private static func order(_ whole: Int64, _ real: Double) -> Int {
        if real >= 0x1p63 { return -1 }
        if real < -0x1p63 { return 1 }
        let floor = Int64(real.rounded(.down))
        if whole != floor { return whole < floor ? -1 : 1 }
        return Double(floor) == real ? 0 : -1
    }
}

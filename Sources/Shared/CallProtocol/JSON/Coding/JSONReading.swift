/// A tape with what one decoder remembers of it: for each object the key it will look at first, since members are mostly
/// asked for in the order they stand in. For one thread.
final class JSONReading {
    let tape: JSONTape
    /// By the entry of an object. Behind a pointer, because Swift would check each access to a variable of the class at
    /// a cost above that of the access.
    private let hints: UnsafeMutablePointer<UInt32>

    init(_ tape: JSONTape) {
        self.tape = tape
        hints = .allocate(capacity: tape.tokens.count)
        hints.initialize(repeating: 0, count: tape.tokens.count)
    }

    deinit {
        hints.deallocate()
    }

    /// The entry of the value of that key in the object at `index`, or nil. Looks on from where the last search of this
    /// object ended.
    @inline(__always)
    func member(_ key: String, of index: Int) -> Int? {
        let found = tape.member(key, of: index, from: Int(hints[index]))
        if let found { hints[index] = UInt32(truncatingIfNeeded: tape.after(found)) }
        return found
    }
}

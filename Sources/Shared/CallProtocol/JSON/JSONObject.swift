/// The members of a JSON object in the order they were written.
///
/// Two objects are equal when they hold the same members in whatever order. Keys are compared byte by byte (not by
/// Swift's canonical equivalence), because that is what a signature and another program see. Up to
/// ``indexThreshold`` members a key is found by looking through the array; above that an index of hashes is kept.
package struct JSONObject: Sendable {
    /// One member: a key and its value.
    package struct Member: Sendable, Hashable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// From this many members on, look-ups go through an index instead of a search.
    static let indexThreshold = 16

    /// The members, oldest first. Never two with the same key.
    package private(set) var members: [Member]
    private var index: [JSONKeyBytes: Int]?

    /// An object without members.
    package init() {
        members = []
    }

    /// Takes the pairs in order; of equal keys the last value stays, at the place of the first.
    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        members = []
        for (key, value) in pairs { self[key] = value }
    }

    /// Members already known to have different keys (the parser has checked).
    init(distinct members: [Member]) {
        self.members = members
        rebuildIndexIfLarge()
    }

    /// How many members there are.
    package var count: Int { members.count }

    /// Whether there are none.
    package var isEmpty: Bool { members.isEmpty }

    /// The keys in order.
    package var keys: [String] { members.map(\.key) }

    /// The value of a key, or nil. Setting nil removes the member; setting a new key appends it.
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let place?, let value?):
                members[place].value = value
            case (let place?, nil):
                members.remove(at: place)
                rebuildIndexIfLarge()
            case (nil, let value?):
                members.append(Member(key: key, value: value))
                if index != nil {
                    index?[JSONKeyBytes(key)] = members.count - 1
                } else {
                    rebuildIndexIfLarge()
                }
            case (nil, nil):
                break
            }
        }
    }

    /// Where a key stands in ``members``, or nil.
    private func position(of key: String) -> Int? {
        if let index { return index[JSONKeyBytes(key)] }
        return members.firstIndex { JSONKeyBytes.same($0.key, key) }
    }

    private mutating func rebuildIndexIfLarge() {
        guard members.count >= Self.indexThreshold else {
            index = nil
            return
        }
        var fresh = [JSONKeyBytes: Int](minimumCapacity: members.count)
        for (place, member) in members.enumerated() { fresh[JSONKeyBytes(member.key)] = place }
        index = fresh
    }
}

extension JSONObject: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        // Order must not show, so the members' own hashes are added up.
        var sum = 0
        for member in members {
            var one = Hasher()
            one.combine(JSONKeyBytes(member.key))
            one.combine(member.value)
            sum &+= one.finalize()
        }
        hasher.combine(sum)
        hasher.combine(count)
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}

/// A key that is equal to another only when their UTF-8 bytes are.
struct JSONKeyBytes: Hashable {
    private let key: String

    init(_ key: String) { self.key = key }

    static func == (left: Self, right: Self) -> Bool { same(left.key, right.key) }

    // The bytes, not the string: strings that are equal by canonical equivalence alone would share a hash, and whoever
    // sends thousands of such keys would make each look-up a search.
    func hash(into hasher: inout Hasher) {
        var key = key
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Whether two strings have the same UTF-8 bytes. Swift's own comparison refuses quickly, then the bytes decide.
    static func same(_ left: String, _ right: String) -> Bool {
        left == right && left.utf8.elementsEqual(right.utf8)
    }
}

import CallProtocol

/// The body of a search: conditions, order and number.
struct VastSearch: Sendable {
    /// Whether prices are those of interruptible instances. It makes no later rental one.
    private(set) var isBid = false
    /// Gigabytes of disk that prices include.
    private(set) var storage = 8.0
    private var limit: Int?
    private var orders: [(column: String, descends: Bool)] = []
    private var filter: VastFilter

    private static let plain: Set<String> = ["limit", "type", "order", "allocated_storage"]
    private static let derived: Set<String> = ["verified", "datacenter", "ubuntu_version"]

    /// - Parameter columns: what an offer has.
    init(_ body: JSONValue, columns: Set<String>) throws(VastProblem) {
        guard var members = body.objectValue else { throw .noJSON }
        // Who does not say otherwise is shown what is verified, free, and not his already.
        for (key, value) in [("verified", true), ("rentable", true), ("rented", false)] where members[key] == nil {
            members[key] = ["eq": .bool(value)]
        }
        filter = try VastFilter(
            JSONObject(members.filter { !Self.plain.contains($0.key) }.map { ($0.key, $0.value) }),
            columns: columns.union(Self.derived))
        if let type = members["type"] {
            guard let word = type.stringValue, ["ondemand", "on-demand", "bid", "reserved"].contains(word) else {
                throw VastFilter.wrong("no such type")
            }
            isBid = word == "bid"
        }
        if let value = members["limit"] {
            guard let number = value.integerValue else { throw VastFilter.wrong("limit is no number") }
            limit = Int(clamping: max(number, 0))
        }
        if let value = members["allocated_storage"] {
            guard let number = value.doubleValue, number >= 0 else { throw VastFilter.wrong("no such storage") }
            storage = number
        }
        guard let list = (members["order"] ?? .array([])).arrayValue else {
            throw VastFilter.wrong("order is no list")
        }
        for entry in list {
            guard let words = entry.arrayValue?.compactMap(\.stringValue), words.count == 2,
                columns.contains(words[0]), ["asc", "desc"].contains(words[1])
            else { throw VastFilter.wrong("order has an entry that is not a column and asc or desc") }
            orders.append((words[0], words[1] == "desc"))
        }
        if orders.isEmpty { orders = [("score", true)] }
    }

    /// The offers that fit, best first.
    func results(_ offers: [JSONValue]) -> [JSONValue] {
        let fitting = offers.filter { offer in filter.admits { Self.value($0, of: offer) } }
        let sorted = fitting.sorted { left, right in
            for order in orders {
                let comparison = VastFilter.compare(left[order.column] ?? nil, right[order.column] ?? nil)
                if comparison != 0 { return order.descends ? comparison > 0 : comparison < 0 }
            }
            return VastFilter.compare(left["id"] ?? nil, right["id"] ?? nil) < 0
        }
        return Array(sorted.prefix(limit ?? sorted.count))
    }

    /// What conditions see of a column, which for some is not what the answer shows.
    private static func value(_ column: String, of offer: JSONValue) -> JSONValue? {
        switch column {
        case "verified": return .bool(offer["verification"] == "verified")
        case "datacenter": return .bool(offer["hosting_type"] == 1)
        case "ubuntu_version": return offer["os_version"]
        case "geolocation":
            return (offer["geolocation"]?.stringValue?.split(separator: ",").last).map {
                .string(String($0.drop { $0 == " " }))
            }
        default: return offer[column]
        }
    }
}

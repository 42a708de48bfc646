import CallProtocol
import Foundation

/// The query of a listing, which comes in pages with a cursor.
struct VastListing {
    private typealias Order = (column: String, descends: Bool)

    /// Columns that are computed for the answer, and cannot be filtered by.
    private static let computed: Set<String> = [
        "dph_total", "dph_base", "num_gpus", "duration", "uptime_mins", "ports", "gpu_ram", "storage_total_cost",
        "ssh_host", "country_code", "next_state",
    ]

    private let limit: Int
    private let filter: VastFilter
    private let orders: [Order]
    private let columns: [String]?
    private let cursor: JSONValue?

    /// - Parameter known: all columns of an instance.
    init(_ target: RequestTarget, known: Set<String>) throws(VastProblem) {
        let asked = target.parameter("limit").flatMap { Int($0) } ?? 25
        limit = asked <= 0 ? 5 : min(asked, 25)
        let filters = try Self.parameter(target, "select_filters") ?? [:]
        guard let members = filters.objectValue else { throw VastFilter.wrong("select_filters is no object") }
        filter = try VastFilter(members, columns: known.subtracting(Self.computed))
        var orders: [Order] = []
        for order in try Self.parameter(target, "order_by")?.arrayValue ?? [] {
            guard let column = order["col"]?.stringValue, known.contains(column) else {
                throw VastFilter.wrong("order_by has a column that is not known")
            }
            orders.append((column, order["dir"] == "desc"))
        }
        if !orders.contains(where: { $0.column == "id" }) { orders.append(("id", false)) }
        self.orders = orders
        let names = try Self.parameter(target, "select_cols")?.arrayValue?.compactMap(\.stringValue)
        columns = names == ["*"] ? nil : names
        cursor = try target.parameter("after_token").map { text throws(VastProblem) in
            guard let data = Data(base64Encoded: text), let token = try? JSONParser.parse(Array(data)),
                let values = token["values"], values["id"]?.integerValue != nil
            else { throw VastProblem(400, "invalid_token", "the page's token is not valid") }
            return values
        }
    }

    /// One page of these.
    func page(_ instances: [JSONValue]) -> JSONValue {
        let all = instances.filter { instance in filter.admits { instance[$0] } }.sorted { precedes($0, $1) }
        let rest = cursor.map { cursor in all.filter { precedes(cursor, $0) } } ?? all
        let page = Array(rest.prefix(limit))
        var labels = JSONObject()
        for instance in all {
            let label = instance["label"]?.stringValue ?? ""
            labels[label] = .integer((labels[label]?.integerValue ?? 0) + 1)
        }
        return [
            "success": true, "instances_found": .integer(Int64(page.count)),
            "total_instances": .integer(Int64(all.count)), "label_counts": .object(labels),
            "next_token": rest.count > page.count ? page.last.map { token($0) } ?? nil : nil,
            "instances": .array(page.map { selected($0) }),
        ]
    }

    private func precedes(_ left: JSONValue, _ right: JSONValue) -> Bool {
        for order in orders {
            let comparison = VastFilter.compare(left[order.column] ?? nil, right[order.column] ?? nil)
            if comparison != 0 { return order.descends ? comparison > 0 : comparison < 0 }
        }
        return false
    }

    /// The place behind an instance, which needs that one no more.
    private func token(_ instance: JSONValue) -> JSONValue {
        let values = JSONObject(orders.map { ($0.column, instance[$0.column] ?? nil) })
        let token: JSONValue = ["values": .object(values)]
        return .string(Data(token.description.utf8).base64EncodedString())
    }

    private func selected(_ instance: JSONValue) -> JSONValue {
        guard let columns else { return instance }
        return .object(JSONObject(columns.map { ($0, instance[$0] ?? nil) }))
    }

    private static func parameter(_ target: RequestTarget, _ name: String) throws(VastProblem) -> JSONValue? {
        guard let text = target.parameter(name) else { return nil }
        guard let value = try? JSONParser.parse(text) else { throw VastFilter.wrong("\(name) is no JSON") }
        return value
    }
}

import GRDB

/// Which workloads a list is to hold.
package struct WorkloadFilter: Sendable, Equatable {
    /// Empty: all states.
    package var states: Set<WorkloadState>
    /// The node of the current or last attempt.
    package var node: String?
    /// Whose eyes it is for; nil for everybody's.
    package var audience: Audience?

    package init(
        states: Set<WorkloadState> = [], node: String? = nil, audience: Audience? = nil
    ) {
        self.states = states
        self.node = node
        self.audience = audience
    }
}

extension StoreTransaction {
    /// At most `limit` workloads that match, newest first; `before` is the last id of the page before.
    package func workloads(
        _ filter: WorkloadFilter = WorkloadFilter(), before: String? = nil, limit: Int = 100
    ) throws -> [WorkloadRecord] {
        let query = filter.query(before: before, limit: limit)
        return try WorkloadRecord.fetchAll(db, sql: query.sql, arguments: query.arguments)
    }
}

/// Part of a list of workloads.
package struct WorkloadPage: Sendable, Equatable {
    /// Newest first.
    package var rows: [WorkloadRecord]
    /// Whether the page ended because it was full.
    package var mayBeMore: Bool
}

extension StoreTransaction {
    /// As ``workloads(_:before:limit:)``, and no more than make up `bytes` of specifications; one at least.
    package func workloadPage(
        _ filter: WorkloadFilter, before: String?, limit: Int, bytes: Int
    ) throws -> WorkloadPage {
        let query = filter.query(before: before, limit: limit)
        let cursor = try WorkloadRecord.fetchCursor(db, sql: query.sql, arguments: query.arguments)
        var (rows, left) = ([WorkloadRecord](), bytes)
        while left > 0, let row = try cursor.next() {
            rows.append(row)
            left -= row.spec.utf8.count
        }
        return WorkloadPage(rows: rows, mayBeMore: rows.count == limit || left <= 0)
    }
}

extension WorkloadFilter {
    /// One statement for the page.
    ///
    /// With a filter it is a union of one short, index-ordered read per state, because SQLite cannot keep the order
    /// of an index over several values of its first column: `state IN (...)` would sort every match for each page.
    func query(before: String?, limit: Int) -> (sql: String, arguments: StatementArguments) {
        var conditions: [String] = []
        var values = StatementArguments()
        if let node {
            conditions.append("nodeId = ?")
            values += [node]
        }
        if let audience {
            let own = audience.ofWorkloads
            conditions.append(own.condition)
            values += own.arguments
        }
        if let before {
            conditions.append("id < ?")
            values += [before]
        }
        guard node != nil || !states.isEmpty else {
            let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
            return ("SELECT * FROM workloads \(condition) ORDER BY id DESC LIMIT ?", values + [limit])
        }
        let wanted = (states.isEmpty ? Set(WorkloadState.allCases) : states).map(\.rawValue).sorted()
        let rest = conditions.map { " AND " + $0 }.joined()
        let part = "SELECT * FROM (SELECT * FROM workloads WHERE state = ?\(rest) ORDER BY id DESC LIMIT ?)"
        var arguments = StatementArguments()
        for state in wanted { arguments += [state] + values + [limit] }
        let sql = wanted.map { _ in part }.joined(separator: " UNION ALL ") + " ORDER BY id DESC LIMIT ?"
        return (sql, arguments + [limit])
    }
}

import CallProtocol
import Engine
import Formats
import Operations

/// What happens in the engine, for one caller. Goes on where it was when the engine is back.
struct ContainerEvents {
    let service: ContainerService

    /// The place behind the last event that was told: its time in nanoseconds, and how many of that time were told.
    struct Cursor: Sendable, Hashable {
        var nanoseconds: Int64
        var count: Int

        /// `1763719200000000000.2`
        var text: String { "\(nanoseconds).\(count)" }

        init(nanoseconds: Int64, count: Int) {
            self.nanoseconds = nanoseconds
            self.count = count
        }

        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let nanoseconds = Int64(parts[0]), let count = Int(parts[1]), nanoseconds >= 0,
                count >= 0
            else { return nil }
            self.init(nanoseconds: nanoseconds, count: count)
        }

        /// As engines want it in queries.
        var since: String { EngineTime.query(nanoseconds: nanoseconds) }
    }

    func send(_ input: ContainerEventsInput, to sink: OutputSink) async throws {
        var cursor: Cursor?
        if let text = input.since {
            guard let place = Cursor(text) else {
                throw CallError(.invalidInput, "since: `\(text)` is no cursor; pass the one of an event as it came")
            }
            cursor = place
        }
        // Asked first, so that its absence is told as such and not waited out.
        try await service.asking { _ in }
        var wasAway = false
        while true {
            try await service.resuming {
                wasAway = true
                try await sink.send(notice("away", cursor))
            } _: { client in
                if wasAway { try await sink.send(notice("back", cursor)) }
                wasAway = false
                try await pass(&cursor, client, sink)
                throw EngineError.broken("it ended its events")
            }
        }
    }

    private func pass(_ cursor: inout Cursor?, _ client: EngineClient, _ sink: OutputSink) async throws {
        var toSkip = cursor?.count ?? 0
        var place = cursor
        defer { cursor = place }
        let query = cursor.map { [(name: "since", value: $0.since)] } ?? []
        try await client.ask(EngineRequest(.get, "/events", query: query)) { answer in
            try await answer.check()
            try await answer.values { value in
                guard let time = value["timeNano"]?.integerValue else { return true }
                if let last = place, time == last.nanoseconds {
                    guard toSkip == 0 else {
                        toSkip -= 1
                        return true
                    }
                    place = Cursor(nanoseconds: time, count: last.count + 1)
                } else {
                    toSkip = 0
                    place = Cursor(nanoseconds: time, count: 1)
                }
                if let place { try await sink.send(Self.event(value, place)) }
                return true
            }
        }
    }

    private static func event(_ json: JSONValue, _ place: Cursor) -> ContainerEvent {
        var attributes: [String: String] = [:]
        for member in json["Actor"]?["Attributes"]?.objectValue.map({ Array($0) }) ?? [] {
            attributes[member.key] = member.value.stringValue
        }
        return ContainerEvent(
            cursor: place.text, timestamp: RFC3339.string(place.nanoseconds / 1_000_000),
            type: json["Type"]?.stringValue ?? "", action: action(json["Action"]?.stringValue ?? ""),
            id: json["Actor"]?["ID"]?.stringValue ?? "", attributes: attributes)
    }

    /// What was done, without the command line that engines put behind it for an exec: that is its caller's.
    private static func action(_ text: String) -> String {
        text.hasPrefix("exec_") ? String(text.prefix { $0 != ":" }) : text
    }

    private func notice(_ action: String, _ cursor: Cursor?) -> ContainerEvent {
        ContainerEvent(
            cursor: (cursor ?? Cursor(nanoseconds: RFC3339.now() * 1_000_000, count: 0)).text,
            timestamp: RFC3339.string(RFC3339.now()), type: "engine", action: action, id: "", attributes: [:])
    }
}

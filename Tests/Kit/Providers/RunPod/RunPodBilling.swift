import CallProtocol
import Foundation

/// The answer to a question for what pods have cost, in buckets of time.
struct RunPodBilling {
    private static let sizes: [String: Calendar.Component] = [
        "hour": .hour, "day": .day, "week": .weekOfYear, "month": .month, "year": .year,
    ]
    /// Records that one answer has at most, so that a long time in hours stays small.
    private static let limit = 100_000

    private let calendar: Calendar
    private let size: String
    private let window: DateInterval
    private let pod: String?

    /// The window is widened to whole buckets; without one it is the last thirty days.
    init(_ target: RequestTarget, now: Date) throws(RunPodProblem) {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        self.calendar = calendar
        size = target.parameter("bucketSize") ?? "day"
        pod = target.parameter("podId")
        guard let component = Self.sizes[size] else { throw .invalid(["query.bucketSize: no such size"]) }
        let (start, end) = (try Self.date(target, "startTime"), try Self.date(target, "endTime"))
        var (first, last) = (start ?? now.addingTimeInterval(-30 * 86_400), end ?? now)
        if let text = target.parameter("lastN") {
            guard start == nil, end == nil else { throw RunPodProblem(400, "give either lastN or a time") }
            guard let count = Int(text), (1...100_000).contains(count) else {
                throw .invalid(["query.lastN: no count"])
            }
            first = calendar.date(byAdding: component, value: 1 - count, to: now) ?? now
            last = now
        }
        let from = calendar.dateInterval(of: component, for: first)?.start ?? first
        let lastBucket = calendar.dateInterval(of: component, for: last)
        let until = lastBucket.map { $0.start == last ? last : $0.end } ?? last
        guard from <= until else { throw RunPodProblem(400, "the end lies before the start") }
        window = DateInterval(start: from, end: until)
    }

    /// The records of these pods.
    func json(_ pods: [FakeInstance], _ time: ProviderTime, now: Duration) -> JSONValue {
        var records: [JSONValue] = []
        var totals = (gpu: 0.0, cpu: 0.0, disk: 0.0)
        var names: Set<String> = []
        for instance in pods where pod == nil || pod == instance.id {
            let life = (
                Date(timeIntervalSince1970: time.unix(instance.createdAt)),
                Date(timeIntervalSince1970: time.unix(instance.endedAt ?? now))
            )
            var next = max(life.0, window.start)
            while next < min(life.1, window.end), records.count < Self.limit,
                let bucket = Self.sizes[size].flatMap({ calendar.dateInterval(of: $0, for: next) })
            {
                let (from, until) = (
                    time.moment(bucket.start.timeIntervalSince1970), time.moment(bucket.end.timeIntervalSince1970)
                )
                let amounts = instance.charges.map { $0.amount(from: from, until: min(until, now)) }
                let compute = amounts.reduce(0) { $0 + $1.compute }
                let disk = amounts.reduce(0) { $0 + $1.storage }
                let isGPU = instance.facts["gpu"] != nil
                let part = (gpu: isGPU ? compute : 0, cpu: isGPU ? 0 : compute, disk: disk)
                var record = Self.amounts(part)
                record["startTime"] = .string(bucket.start.formatted(.iso8601))
                record["endTime"] = .string(bucket.end.formatted(.iso8601))
                record["podId"] = .string(instance.id)
                records.append(record)
                names.insert(instance.id)
                totals = (totals.gpu + part.gpu, totals.cpu + part.cpu, totals.disk + part.disk)
                next = bucket.end
            }
        }
        return [
            "records": .array(records),
            "metadata": [
                "query": [
                    "startTime": .string(window.start.formatted(.iso8601)),
                    "endTime": .string(window.end.formatted(.iso8601)), "bucketSize": .string(size),
                    "podId": pod.map { .string($0) } ?? nil,
                ],
                "recordCount": .integer(Int64(records.count)), "uniquePodCount": .integer(Int64(names.count)),
                "totals": Self.amounts(totals),
            ],
        ]
    }

    private static func amounts(_ part: (gpu: Double, cpu: Double, disk: Double)) -> JSONValue {
        [
            "totalAmount": .double(part.gpu + part.cpu + part.disk), "gpuAmount": .double(part.gpu),
            "cpuAmount": .double(part.cpu), "diskAmount": .double(part.disk),
        ]
    }

    private static func date(_ target: RequestTarget, _ name: String) throws(RunPodProblem) -> Date? {
        guard let text = target.parameter(name) else { return nil }
        guard let date = try? Date(text, strategy: .iso8601) else { throw .invalid(["query.\(name): no time"]) }
        return date
    }
}

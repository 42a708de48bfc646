import Formats

/// When the same request may be sent again, and after how long.
package enum RetryRule {
    /// Methods that do no more twice than once (RFC 9110, section 9.2.2).
    package static func isIdempotent(_ method: String) -> Bool {
        ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "QUERY"].contains(method)
    }

    /// Whether the answer says that trying again may help, and trying again can do no harm. After 429 nothing was done,
    /// whatever the method; other answers may have come after the effect.
    package static func mayRepeat(_ method: String, status: Int) -> Bool {
        switch status {
        case 429: true
        case 408, 425, 500, 502, 503, 504: isIdempotent(method)
        default: false
        }
    }

    /// How long the provider asks to wait, in milliseconds: with 429 and 503 `Retry-After` as seconds or a date, else what the
    /// `RateLimit` fields say of a quota that is used up; at most an hour. With other answers these fields count up to a
    /// few seconds, since the quota may be that of another operation. Nil where nothing is said.
    /// - Parameter now: milliseconds since 1970.
    package static func pause(_ head: IncomingHead, now: Int64) -> Int64? {
        let longest: Int64 = 3_600_000
        let isRefusal = head.status == 429 || head.status == 503
        if isRefusal, let text = head.header("Retry-After") {
            if let seconds = Int64(text), seconds >= 0 {
                return min(seconds.multipliedReportingOverflow(by: 1_000).partialValue, longest)
            }
            if let date = HTTPDate.milliseconds(text) { return min(max(date - now, 0), longest) }
        }
        guard let rest = remaining(head), rest.left == 0, isRefusal || rest.seconds <= 5 else { return nil }
        return min(rest.seconds * 1_000, longest)
    }

    /// What is left of a quota, and in how many seconds it is whole again: `RateLimit: "name";r=0;t=30`, its older form
    /// `limit=10, remaining=0, reset=30`, and the fields `RateLimit-Remaining` and `RateLimit-Reset` with or without `X-`.
    static func remaining(_ head: IncomingHead) -> (left: Int64, seconds: Int64)? {
        if let field = head.header("RateLimit") {
            let left = parameter(["r", "remaining"], in: field)
            let seconds = parameter(["t", "reset"], in: field)
            if let left, let seconds { return (left, min(seconds, 3_600)) }
        }
        for prefix in ["RateLimit-", "X-RateLimit-"] {
            if let left = head.header(prefix + "Remaining").flatMap({ Int64($0) }),
                let seconds = head.header(prefix + "Reset").flatMap({ Int64($0) }), seconds >= 0
            {
                // Some say when, as seconds since 1970, where others say in how long.
                return seconds > 1_000_000_000 ? nil : (left, min(seconds, 3_600))
            }
        }
        return nil
    }

    private static func parameter(_ names: Set<String>, in field: String) -> Int64? {
        for part in field.split(whereSeparator: { $0 == ";" || $0 == "," }) {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
            if pair.count == 2, names.contains(pair[0].lowercased()), let value = Int64(pair[1]), value >= 0 {
                return value
            }
        }
        return nil
    }
}

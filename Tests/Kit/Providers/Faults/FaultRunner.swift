import CallProtocol
import NIOCore

/// Does what a request asks, and spoils it or its answer as a fault says.
struct FaultRunner: Sendable {
    /// The provider's answer for a status, in its own shape.
    let refusal: @Sendable (Int) -> FakeResponse
    /// The provider's 429.
    let rateLimited: @Sendable (Int?) -> FakeResponse

    /// - Parameter perform: does the thing. The faults of creating and deleting are its own matter.
    func run(_ fault: Fault?, _ perform: () async -> FakeResponse) async -> FakeResponse {
        switch fault {
        case nil, .delayedVisibility, .notFoundOnDelete: return await perform()
        case .error(let status, body: nil): return refusal(status)
        case .error(let status, body: let body?):
            let type = (try? JSONParser.parse(body)) == nil ? "text/plain" : "application/json"
            return .text(body, status: status, type: type)
        case .rateLimited(let retryAfter): return rateLimited(retryAfter)
        case .successFalse:
            return .json(["success": false, "error": "not_done", "msg": "The request was taken and not carried out."])
        case .errorAfterSuccess(let status):
            let response = await perform()
            return response.isSuccess ? refusal(status) : response
        case .noAnswer(for: let time, let done):
            if done { _ = await perform() }
            return .noAnswer(after: time)
        case .slow(let time):
            var response = await perform()
            response.delay += time
            return response
        case .emptyBody, .emptyList, .malformedJSON, .truncated: return Self.spoilt(await perform(), fault)
        }
    }

    private static func spoilt(_ original: FakeResponse, _ fault: Fault?) -> FakeResponse {
        guard let bytes = original.bytes else { return original }
        var response = original
        switch fault {
        case .emptyBody: response.body = .bytes(ByteBuffer())
        case .emptyList:
            guard let value = try? JSONParser.parse(bytes) else { return original }
            response.body = .bytes(ByteBuffer(string: emptied(value).description))
        case .malformedJSON:
            // Long enough to look like an answer, and closed with what opens nothing.
            response.body = .bytes(ByteBuffer(string: String(buffer: bytes).dropLast() + ",]}"))
        case .truncated where bytes.readableBytes == 0: response.ending = .silence
        case .truncated: response.ending = .cut(afterBytes: bytes.readableBytes / 2)
        default: break
        }
        return response
    }

    /// The answer with empty lists, and with what counts them at nought.
    private static func emptied(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value.arrayValue == nil ? value : [] }
        return .object(
            JSONObject(
                members.map { member in
                    switch (member.key, member.value) {
                    case (_, .array): (member.key, [])
                    case ("next_token", _): (member.key, nil)
                    case ("instances_found", _), ("total_instances", _): (member.key, 0)
                    case ("label_counts", _): (member.key, [:])
                    default: (member.key, member.value)
                    }
                }))
    }
}

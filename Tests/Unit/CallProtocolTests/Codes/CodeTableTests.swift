import CallProtocol
import NIOCore
import Testing

@Suite("Codes are the tables of the specification")
struct CodeTableTests {
    @Test(
        "each common code has its number, its HTTP status and its exit code",
        arguments: [
            ("NOT_FOUND", 1, 404, 2), ("UNAUTHENTICATED", 2, 401, 77), ("FORBIDDEN", 3, 403, 77),
            ("INVALID_INPUT", 4, 422, 2), ("INVALID_OPERATION_KIND", 5, 405, 2), ("CONFLICT", 6, 409, 64),
            ("FAILED_PRECONDITION", 7, 412, 64), ("RESOURCE_EXHAUSTED", 8, 429, 75), ("UNAVAILABLE", 9, 503, 69),
            ("TIMEOUT", 10, 504, 75), ("ABORTED", 11, 499, 130), ("INTERNAL", 12, 500, 1),
        ] as [(String, UInt32, Int, Int32)])
    func common(name: String, number: UInt32, http: Int, exit: Int32) {
        let code = ErrorCode(rawValue: name)
        #expect(code.linkCode.rawValue == number)
        #expect(ErrorCode(linkCode: LinkCode(rawValue: number)) == code)
        #expect(code.httpStatus == http)
        #expect(code.exitCode == exit)
        #expect(LinkCode(rawValue: number).description == name)
    }

    @Test(
        "the link's own codes have their numbers and names",
        arguments: [
            (LinkCode.protocolViolation, 32, "protocol"), (.flow, 33, "flow"), (.frame, 34, "frame"),
            (.tooManyStreams, 35, "too_many_streams"), (.version, 36, "version"), (.superseded, 37, "superseded"),
            (.duplicatePeer, 38, "duplicate_peer"), (.shutdown, 39, "shutdown"), (.renew, 40, "renew"),
            (.streamState, 41, "stream_state"), (.unauthenticated, 42, "unauthenticated"),
        ] as [(LinkCode, UInt32, String)])
    func link(code: LinkCode, number: UInt32, name: String) {
        #expect(code.rawValue == number)
        #expect(code.description == name)
        #expect(ErrorCode(linkCode: code) == nil)
    }

    @Test("the common codes are twelve, and no other number is one of them")
    func bounds() {
        #expect(ErrorCode.common.count == 12)
        for number in [0, 13, 31, 43, UInt32.max] { #expect(ErrorCode(linkCode: LinkCode(rawValue: number)) == nil) }
    }

    @Test("an unknown code is not retryable and maps as INTERNAL does")
    func unknown() {
        let code = ErrorCode(rawValue: "CONTAINER_ON_FIRE")
        #expect(!code.isRetryable)
        #expect((code.httpStatus, code.exitCode) == (500, 1))
        #expect(code.linkCode == .internalError)
    }

    @Test("an unknown code and its details survive decoding; what is left out has a default")
    func decoding() throws {
        let text = #"{"code":"CONTAINER_ON_FIRE","message":"run","retryable":false,"details":{"t":900},"new":1}"#
        let error = try JSONCoding.decode(CallError.self, from: ByteBuffer(string: text))
        #expect(error == CallError(ErrorCode(rawValue: "CONTAINER_ON_FIRE"), "run", details: ["t": 900]))
        let short = try JSONCoding.decode(CallError.self, from: ByteBuffer(string: #"{"code":"UNAVAILABLE"}"#))
        #expect(short == CallError(.unavailable, "", retryable: true))
        #expect(throws: DecodingError.self) { try JSONCoding.decode(CallError.self, from: ByteBuffer(string: "{}")) }
    }

    @Test(
        "a RESET means the same error as a call.error with its code",
        arguments: [
            (LinkCode.notFound, ErrorCode.notFound), (.timeout, .timeout), (.aborted, .aborted),
            (.superseded, .unavailable), (.duplicatePeer, .unavailable), (.shutdown, .unavailable),
            (.renew, .unavailable), (.tooManyStreams, .unavailable), (.unauthenticated, .unauthenticated),
            (.version, .failedPrecondition), (.protocolViolation, .internalError), (.flow, .internalError),
            (.frame, .internalError), (.streamState, .internalError), (LinkCode(rawValue: 9_999), .internalError),
        ])
    func resets(code: LinkCode, error: ErrorCode) {
        #expect(CallError(StreamFailure(code, "why")).code == error)
        #expect(!CallError(StreamFailure(code, "why")).message.isEmpty)
    }

    @Test("the loss of a link is UNAVAILABLE and worth another try")
    func linkLost() {
        let error = CallError(StreamFailure.linkLost)
        #expect(error.code == .unavailable)
        #expect(error.retryable)
    }
}

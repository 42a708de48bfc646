import CallProtocol
import Daemon
import Database
import Link
import Operations
import Store
import Testing

@testable import Agent
@testable import capstan

@Suite("Failures and their exit codes")
struct FailureTests {
    @Test(
        "Each code of a call has the exit code of the table",
        arguments: [
            (ErrorCode.notFound, 2), (.unauthenticated, 77), (.forbidden, 77), (.invalidInput, 2),
            (.invalidOperationKind, 2), (.conflict, 64), (.failedPrecondition, 64), (.resourceExhausted, 75),
            (.unavailable, 69), (.timeout, 75), (.aborted, 130), (.internalError, 1), (.tokenUsed, 77),
            (ErrorCode(rawValue: "CONTAINER_ON_FIRE"), 1),
        ] as [(ErrorCode, Int32)])
    func calls(code: ErrorCode, exit: Int32) {
        #expect(Failure(CallError(code, "x")).exit.rawValue == exit)
    }

    @Test("What is wrong on this side has its own codes")
    func local() {
        #expect(Failure.misuse("x").exit.rawValue == 2)
        #expect(Failure.malformed("x").exit.rawValue == 65)
        #expect(Failure.notConfigured("x").exit.rawValue == 78)
        #expect(Failure.failed("x").exit.rawValue == 1)
        #expect(Failure(JoinTokenError.foreign).exit.rawValue == 2)
        #expect(Failure(FileError.diskFull("/f")).exit.rawValue == 75)
        #expect(Failure(FileError.denied("/f")).exit.rawValue == 77)
        #expect(Failure(DialError.unreachable(["h:1: refused"])).exit.rawValue == 69)
        #expect(Failure(LabelError.emptyKey(text: "=v")).exit.rawValue == 2)
    }

    @Test("A file of ours that cannot be used is told from one that cannot be had now, and neither is a bug")
    func files() {
        let damaged = DatabaseFileError.corrupt(path: "/db", detail: "x", advice: "Restore it.")
        #expect(Failure(damaged).exit.rawValue == 65)
        #expect(Failure(damaged).message.contains("Restore it."))
        #expect(Failure(DatabaseFileError.newerVersion(path: "/db")).exit.rawValue == 65)
        #expect(Failure(DatabaseFileError.diskFull(path: "/db")).exit.rawValue == 75)
        #expect(Failure(DatabaseFileError.cannotOpen(path: "/db", reason: "locked")).exit.rawValue == 1)
        #expect(Failure(SpokeIdentityError(path: "/key.pem", reason: "it is no P-256 key")).exit.rawValue == 65)
        #expect(Failure(StoreError.unusable("damaged")).exit.rawValue == 65)
        #expect(Failure(StoreError.diskFull).exit.rawValue == 75)
    }

    @Test("People get a sentence and what to do")
    func table() {
        let text = ErrorReport.text(.misuse("no node is given", advice: "capstan exec NODE -- CMD"), format: .table)
        #expect(text == "capstan: no node is given\n  capstan exec NODE -- CMD\n")
    }

    @Test("Scripts get an error object on one line")
    func json() throws {
        let failure = Failure(CallError(.conflict, "the name is taken", details: ["name": "gpu-1"]))
        let text = ErrorReport.text(failure, format: .json)
        #expect(
            text == #"{"error":{"code":"CONFLICT","message":"the name is taken","details":{"name":"gpu-1"}}}"# + "\n")
        let bare = ErrorReport.text(.failed("x"), format: .json)
        #expect(bare == #"{"error":{"code":"FAILED","message":"x","details":{}}}"# + "\n")
    }

    @Test("A message from elsewhere cannot move the cursor")
    func safe() {
        #expect(ErrorReport.text(.failed("a\u{1B}[2Jb"), format: .table) == "capstan: a?[2Jb\n")
    }

    @Test(
        "The wished format is known even where arguments cannot be parsed",
        arguments: [
            (["node", "list", "-o", "json"], OutputFormat.json), (["-o=yaml", "x"], .yaml), (["--output=json"], .json),
            (["-ojson"], .json), (["exec", "n", "--", "tool", "-o", "json"], .table), ([], .table), (["-o"], .table),
            (["-o", "xml"], .table), (["--output", "yaml"], .yaml),
        ] as [([String], OutputFormat)])
    func format(arguments: [String], format: OutputFormat) {
        #expect(ErrorReport.format(in: arguments) == format)
    }
}

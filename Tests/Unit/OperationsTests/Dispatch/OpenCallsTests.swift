import Testing

@testable import Operations

@Suite("What a side that stops ends")
struct OpenCallsTests {
    @Test("what may be last goes on until no other call does, then it is ended too")
    func last() {
        let calls = OpenCalls()
        let (session, own, users) = (RunningCall(), RunningCall(), RunningCall())
        calls.insert(session, .finishes)
        calls.insert(own, .isLast)
        calls.insert(users, .ends)
        calls.end(isAll: false)
        #expect(users.reason == .shutdown)
        #expect(own.reason == nil)
        calls.remove(users, .ends)
        #expect(own.reason == nil)
        calls.remove(session, .finishes)
        #expect(own.reason == .shutdown)
        #expect(session.reason == nil)
    }

    @Test("with nothing else under way everything is ended at once, and so is what still comes")
    func alone() {
        let calls = OpenCalls()
        let (own, late) = (RunningCall(), RunningCall())
        calls.insert(own, .isLast)
        calls.end(isAll: false)
        #expect(own.reason == .shutdown)
        calls.insert(late, .isLast)
        #expect(late.reason == .shutdown)
    }

    @Test("a stop of all spares no subscription, and nothing else")
    func all() {
        let calls = OpenCalls()
        let (session, own) = (RunningCall(), RunningCall())
        calls.insert(session, .finishes)
        calls.insert(own, .isLast)
        calls.end(isAll: true)
        #expect(own.reason == .shutdown)
        #expect(session.reason == nil)
    }
}

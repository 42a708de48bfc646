import Testing

@testable import capstan

@Suite("The window of stdin")
struct StdinWindowTests {
    @Test("Never more than the window is without acknowledgement")
    func bounded() async {
        let window = StdinWindow(limit: 100)
        #expect(await window.room(for: 60) == 60)
        window.sent(60)
        async let next = window.room(for: 60)
        window.acknowledge(30)
        #expect(await next == 60)
    }

    @Test("What fits may be sent without waiting, until the window is closed")
    func fits() {
        let window = StdinWindow(limit: 100)
        #expect(window.fits(100) && !window.fits(101))
        window.sent(60)
        #expect(window.fits(40) && !window.fits(41))
        window.acknowledge(10)
        #expect(window.fits(50))
        window.close()
        #expect(!window.fits(1))
    }

    @Test("A window smaller than a portion gives what it has")
    func small() async {
        let window = StdinWindow(limit: 10)
        #expect(await window.room(for: 60) == 10)
    }

    @Test("Acknowledgements that go back or ahead are not believed")
    func disbelief() async {
        let window = StdinWindow(limit: 100)
        window.sent(100)
        window.acknowledge(1_000)
        window.acknowledge(-5)
        async let room = window.room(for: 50)
        window.acknowledge(50)
        window.acknowledge(20)
        #expect(await room == 50)
    }

    @Test("Who waits is let go when the window closes")
    func closed() async {
        let window = StdinWindow(limit: 1)
        window.sent(1)
        async let room = window.room(for: 1)
        window.close()
        #expect(await room == nil)
        #expect(await window.room(for: 1) == nil)
    }

    @Test("Input of before that nobody took is owed from the start; a window that is closed owes nothing")
    func owed() {
        let window = StdinWindow(limit: 100, sent: 50, acknowledged: 20)
        #expect(window.isStuck(for: .zero))
        window.acknowledge(50)
        #expect(!window.isStuck(for: .zero))
        window.sent(1)
        #expect(window.isStuck(for: .zero))
        window.close()
        #expect(!window.isStuck(for: .zero))
    }
}

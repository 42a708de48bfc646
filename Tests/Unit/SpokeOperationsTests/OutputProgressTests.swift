import Processes
import Testing

@testable import SpokeOperations

@Suite struct OutputProgressTests {
    @Test("A pump that comes to wait after waiting was given up is told so, and does not wait for ever")
    func late() {
        let progress = OutputProgress()
        #expect(progress.beginWaiting(.stdout))
        #expect(progress.giveUpWaiting() == [.stdout])
        #expect(!progress.beginWaiting(.stderr))
        #expect(progress.isLate && progress.isOpen)
    }

    @Test("Waiting that is given up while nobody waits leaves nothing open")
    func nobody() {
        let progress = OutputProgress()
        #expect(progress.giveUpWaiting().isEmpty)
        #expect(progress.isLate && !progress.isOpen)
    }
}

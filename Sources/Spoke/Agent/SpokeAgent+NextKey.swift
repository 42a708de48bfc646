import CallProtocol
import Link
import Logging

/// Looking for a next key, which `capstan spoke rotate-key` leaves in the state directory.
extension SpokeAgent {
    /// How often the directory is looked at: a file's name, once a second, needs no signal and no port to be told by.
    private static let look = Duration.seconds(1)
    /// How long after a failed announcement it is said again, in seconds.
    private static let firstPause = 2.0
    private static let longestPause = 60.0

    /// The next key, where there is one that can be read.
    func nextKey() -> PeerKey? {
        do {
            return try keyring.nextKey()
        } catch {
            logger.error("next key not read", metadata: ["error": .string("\(error)")])
            return nil
        }
    }

    /// Waits for a next key and announces it over the link. True once the hub has it; false when the task was cancelled.
    func announceNextKey(over link: Link) async -> Bool {
        var pause = Self.firstPause
        while !Task.isCancelled {
            var wait = Self.look
            if let next = nextKey() {
                do throws(CallError) {
                    try await KeyRotation.announce(next, of: keyring.identity, over: link)
                    return true
                } catch {
                    if KeyRotation.isFinal(error) {
                        refused(next, error)
                    } else {
                        logger.warning("next key not announced", metadata: ["error": .string("\(error)")])
                        wait = .seconds(pause)
                        pause = min(Self.longestPause, pause * 2)
                    }
                }
            }
            do { try await Task.sleep(for: wait) } catch { return false }
        }
        return false
    }

    private func refused(_ next: PeerKey, _ error: CallError) {
        logger.error("next key refused", metadata: ["error": .string("\(error)")])
        onStatus(.keyRefused(next.fingerprint, reason: error.message))
        do {
            try keyring.discardNextKey()
        } catch {
            logger.error("next key not removed", metadata: ["error": .string("\(error)")])
        }
    }
}

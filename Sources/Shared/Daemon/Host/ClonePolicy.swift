/// What a spoke does when its state directory was made on another host (`--clone-policy`).
package enum ClonePolicy: String, Sendable, CaseIterable {
    /// Says why and how to go on, and ends with ``ExitCode/hostMismatch``.
    case refuse
    /// Goes on and says so in the log.
    case warn
    /// Goes on silently.
    case allow

    /// What follows from a check.
    package enum Verdict: Hashable, Sendable {
        case proceed
        /// Go on; the text belongs into the log.
        case proceedWithWarning(String)
        /// Release the lock, show the text, exit 4.
        case refuse(String)
    }

    /// The policy when none is given: `warn` where copies are ordinary (containers, rented instances), else `refuse`.
    package static func standard(isContainer: Bool, isRented: Bool) -> ClonePolicy {
        isContainer || isRented ? .warn : .refuse
    }

    /// Applies the policy; a host that cannot be identified never stops a spoke.
    package func judge(_ check: HostCheck) -> Verdict {
        switch (check, self) {
        case (.written, _), (.matched, _), (.changed, .allow), (.unreadable, .allow): .proceed
        case (.unreadable(let reason), _):
            .proceedWithWarning("host fingerprint not checked: \(reason)")
        case (.changed(let stored, let current), .warn):
            .proceedWithWarning(
                "this state directory was made on another host (\(stored.hostId)); this host is \(current.hostId)")
        case (.changed(let stored, let current), .refuse):
            .refuse(
                """
                this state directory was made on another host, so two machines may now claim to be one node
                  stored:  \(stored.hostId) \(stored.stableMac) (\(stored.writtenAt))
                  current: \(current.hostId) \(current.stableMac)
                if this machine replaces the other: capstan spoke accept-host
                and if the other may still run:     capstan spoke rotate-key, which takes this host too and locks the other out
                if both go on: give one of them another --state-dir and join it with a token of its own
                """)
        }
    }
}

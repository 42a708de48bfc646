import Synchronization

/// The instances of one account at a fake provider: their lives, what they cost, and who is told.
///
/// Both fakes keep theirs in one of these. All times are of ``time``; nothing in here sleeps.
package final class ProviderAccount: Sendable {
    package let time: ProviderTime
    private let state: Mutex<AccountState>

    package init(time: ProviderTime, pace: BootPace) {
        self.time = time
        state = Mutex(AccountState(pace: pace))
    }

    /// Works on the instances as they are now, under the lock.
    func with<Value: Sendable>(_ body: (inout AccountState, Duration) throws -> Value) rethrows -> Value {
        try state.withLock { state in
            let now = time.now()
            state.settle(now)
            return try body(&state, now)
        }
    }

    /// Lets happen what is due by time. The fakes look often enough while their servers run.
    func settle() { with { _, _ in } }

    // MARK: - What a test asks

    /// Every instance ever created or planted, oldest first.
    package var instances: [FakeInstance] { with { state, _ in state.instances } }

    /// Those that run now.
    package var running: [FakeInstance] { instances.filter { $0.phase == .running } }

    /// Those that exist in any phase.
    package var existing: [FakeInstance] { instances.filter(\.exists) }

    /// Those that exist and were planted.
    package var strangers: [FakeInstance] { existing.filter(\.isPlanted) }

    /// Names with more than one instance made by requests, whether they still exist or not.
    package var createdTwice: [String: [FakeInstance]] {
        Dictionary(grouping: instances.filter { !$0.isPlanted }, by: \.name).filter { $0.value.count > 1 }
    }

    /// One instance, nil where there never was one.
    package func instance(_ id: String) -> FakeInstance? {
        with { state, _ in state.places[id].map { state.instances[$0] } }
    }

    /// Dollars spent until now for what requests made; what was planted is somebody else's money.
    package var spend: Double {
        with { state, now in state.instances.reduce(0) { $0 + ($1.isPlanted ? 0 : $1.spend(until: now)) } }
    }

    /// Dollars spent until now for one instance.
    package func spend(of id: String) -> Double {
        with { state, now in state.places[id].map { state.instances[$0].spend(until: now) } ?? 0 }
    }

    // MARK: - What a test does

    package func setPace(_ pace: BootPace) { with { state, _ in state.pace = pace } }

    package func setHooks(_ hooks: InstanceHooks) { with { state, _ in state.hooks = hooks } }

    /// How the boots of the instances that are created next end, one for each.
    package func queueBoots(_ outcomes: BootOutcome...) { with { state, _ in state.outcomes += outcomes } }

    /// One phase further on the way to running.
    package func advance(_ id: String) { with { state, now in state.change(id) { $0.advance($1, at: now) } } }

    /// Every instance that boots goes one phase further.
    package func advance() {
        with { state, now in
            for place in state.instances.indices { state.advance(place, at: now) }
        }
    }

    /// Puts an instance into a phase: the machine fails, the container exits, the owner ends it by other means.
    package func move(_ id: String, to phase: FakeInstance.Phase) {
        with { state, now in state.change(id) { $0.move($1, to: phase, at: now) } }
    }

    /// Shows a status in place of that of the phase, in the provider's words; nil ends it.
    package func show(_ status: String?, of id: String) {
        with { state, _ in state.change(id) { $0.instances[$1].shownStatus = status } }
    }

    /// Changes an instance in other ways. `body` runs under the lock and must not ask the account.
    package func update(_ id: String, _ body: (inout FakeInstance) -> Void) {
        with { state, now in
            state.change(id) {
                let rates = $0.instances[$1].rates
                body(&$0.instances[$1])
                if $0.instances[$1].rates != rates { $0.instances[$1].recharge(at: now) }
            }
        }
    }

    /// Waits until every hook that was called is over.
    package func hooksFinished() async {
        while true {
            let tasks = with { state, _ in Array(state.hookTasks.values) }
            for task in tasks { await task.value }
            if with({ state, _ in Array(state.hookTasks.values) == tasks }) { return }
        }
    }
}

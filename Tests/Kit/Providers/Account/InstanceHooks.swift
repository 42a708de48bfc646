/// What a test does beside the life of instances, such as running a container for each.
///
/// The hooks of one instance run one after the other, those of different ones at the same time; no answer waits for them.
/// ``ProviderAccount/hooksFinished()`` does.
package struct InstanceHooks: Sendable {
    package typealias Hook = @Sendable (FakeInstance) async -> Void

    /// It begins to run: when it was created, and each time it is started or restarted.
    package var onCreate: Hook?
    /// It does not run any more, and exists: it was stopped, has exited or has failed.
    package var onStop: Hook?
    /// It is gone for good, whether it ever ran or not.
    package var onTerminate: Hook?

    package init(onCreate: Hook? = nil, onStop: Hook? = nil, onTerminate: Hook? = nil) {
        (self.onCreate, self.onStop, self.onTerminate) = (onCreate, onStop, onTerminate)
    }

    /// What is called when an instance goes from one phase to another.
    func hook(from old: FakeInstance.Phase, to new: FakeInstance.Phase) -> Hook? {
        if old == new { return nil }
        if new == .terminated { return onTerminate }
        if new == .running { return onCreate }
        return old == .running ? onStop : nil
    }
}

import Market

/// A part of the way from the wish for a machine to its first program.
enum InstancePhase: String, Sendable, CaseIterable {
    /// Until the provider is asked.
    case offer
    /// Until it has answered with an id.
    case create
    /// Until it calls the machine starting or running.
    case boot
    /// Until the container's first line runs: its image was fetched before.
    case pull
    /// Until its spoke has enrolled.
    case dialHome = "dial-home"
    /// Until the provider has said that it is the one.
    case verify
    /// Until the first attempt runs on it.
    case firstExec = "first-exec"
}

/// A phase with its time.
struct InstanceStep: Sendable, Equatable {
    var phase: InstancePhase
    /// Those that lie in it too, because nobody knows where one ended and the next began.
    var including: [InstancePhase] = []
    /// Milliseconds since 1970.
    var start: Int64
    var milliseconds: Int64
    /// Whether it goes on.
    var isOpen = false
}

extension Instance {
    /// The phases that it has come to, in order, each beginning where the one before ended.
    /// - Parameters:
    ///   - created: when it was wished for, milliseconds since 1970.
    ///   - firstExec: when the first attempt ran on it, likewise; nil while none has.
    ///   - isAwaited: whether something is to run on it.
    func timeline(since created: Int64, firstExec: Int64?, isAwaited: Bool, at now: Int64) -> [InstanceStep] {
        let ends = phaseEnds(firstExec)
        var (steps, waiting, start) = ([InstanceStep](), [InstancePhase](), created)
        for phase in InstancePhase.allCases {
            waiting.append(phase)
            guard let end = ends[phase] else { continue }
            steps.append(
                InstanceStep(
                    phase: waiting[0], including: Array(waiting.dropFirst()), start: start,
                    milliseconds: max(0, end - start)))
            (start, waiting) = (max(start, end), [])
        }
        guard let next = waiting.first else { return steps }
        // What runs nothing yet is not on its way once it is a node.
        if next == .firstExec, !isAwaited || state != .active { return steps }
        let stop = state == .terminating || state == .terminated ? unwantedAt ?? time(state) ?? start : nil
        steps.append(
            InstanceStep(phase: next, start: start, milliseconds: max(0, (stop ?? now) - start), isOpen: stop == nil))
        return steps
    }

    /// When each phase ended; without those that something later contradicts.
    private func phaseEnds(_ firstExec: Int64?) -> [InstancePhase: Int64] {
        var ends: [InstancePhase: Int64] = [:]
        // One that is to be asked for again has not been asked for.
        if state != .intended { ends[.offer] = askedAt }
        (ends[.create], ends[.boot], ends[.pull]) = (time(.booting), startedAt, beganAt)
        (ends[.dialHome], ends[.verify], ends[.firstExec]) = (time(.enrolled), time(.active), firstExec)
        var limit = Int64.max
        for phase in InstancePhase.allCases.reversed() {
            guard let end = ends[phase] else { continue }
            // A listing comes from time to time: what it shows last may have been so long before.
            if phase == .boot, end > limit { ends[phase] = nil } else { limit = min(limit, end) }
        }
        return ends
    }

    /// The same, once its provider's listing shows that it starts; nil where that is known, or is not so.
    func started(_ sight: InstanceSight) -> Instance? {
        guard startedAt == nil, let booted = time(.booting), let found = sight.seen(self, after: booted),
            found.status == .starting || found.status == .running
        else { return nil }
        var started = self
        started.startedAt = sight.listing?.begunAt
        return started
    }

    /// The same, once its spoke has said since when its container runs; as it was where that is known, or cannot be.
    func began(_ time: Int64) -> Instance {
        guard beganAt == nil, let asked = askedAt, time >= asked else { return self }
        var began = self
        began.beganAt = max(time, self.time(.booting) ?? time)
        return began
    }
}

/// The instances of an account and the rules by which they change.
struct AccountState {
    var pace: BootPace
    var hooks = InstanceHooks()
    var outcomes: [BootOutcome] = []
    private(set) var hookTasks: [String: Task<Void, Never>] = [:]
    var instances: [FakeInstance] = []
    private(set) var places: [String: Int] = [:]
    private var nextSerial = 1

    init(pace: BootPace) {
        self.pace = pace
    }

    /// A number that no other instance has.
    mutating func serial() -> Int {
        defer { nextSerial += 1 }
        return nextSerial
    }

    /// Adds an instance, which begins its boot, or waits to be started.
    mutating func add(_ instance: FakeInstance, now: Duration, isStopped: Bool = false) {
        var instance = instance
        if isStopped { instance.enter(.stopped, at: now) }
        if !outcomes.isEmpty, !instance.isPlanted { instance.outcome = outcomes.removeFirst() }
        places[instance.id] = instances.count
        instances.append(instance)
        settle(now)
    }

    /// Works on the instance of that id, if there is one.
    mutating func change(_ id: String, _ body: (inout AccountState, Int) -> Void) {
        if let place = places[id] { body(&self, place) }
    }

    /// Lets happen what is due by time.
    mutating func settle(_ now: Duration) {
        for place in instances.indices where instances[place].exists {
            if case .time(let end) = instances[place].hidden, now >= end { instances[place].hidden = nil }
            switch pace {
            case .atOnce: while advance(place, at: now) {}
            case .after(let time):
                while instances[place].phaseSince + time <= now, advance(place, at: instances[place].phaseSince + time)
                {}
            case .manual, .polls: break
            }
            if let end = instances[place].contractEnd, end <= now, instances[place].phase != .stopped {
                move(place, to: .stopped, at: max(end, instances[place].phaseSince))
            }
        }
    }

    /// One phase further on the way to running; false where there is none.
    @discardableResult
    mutating func advance(_ place: Int, at moment: Duration) -> Bool {
        let instance = instances[place]
        let next: FakeInstance.Phase
        if instance.outcome == .stalls(in: instance.phase) { return false }
        switch (instance.phase, instance.outcome) {
        case (.provisioning, .fails(in: .provisioning)), (.starting, .fails): next = .failed
        case (.provisioning, _): next = .starting
        case (.starting, _): next = .running
        default: return false
        }
        move(place, to: next, at: moment)
        return true
    }

    /// Puts an instance into a phase and tells the hooks.
    mutating func move(_ place: Int, to phase: FakeInstance.Phase, at moment: Duration) {
        let old = instances[place].phase
        guard old != .terminated else { return }
        instances[place].enter(phase, at: moment)
        guard let hook = hooks.hook(from: old, to: phase) else { return }
        let (instance, previous) = (instances[place], hookTasks[instances[place].id])
        hookTasks[instance.id] = Task {
            await previous?.value
            await hook(instance)
        }
    }

    /// Somebody looks at an instance: what is seen, nil while it is hidden. By looks it goes on afterwards.
    mutating func look(_ place: Int, now: Duration) -> FakeInstance? {
        if case .polls(let left) = instances[place].hidden {
            instances[place].hidden = left > 1 ? .polls(left - 1) : nil
            return nil
        }
        guard instances[place].hidden == nil else { return nil }
        let seen = instances[place]
        instances[place].looks += 1
        if case .polls(let count) = pace, instances[place].looks >= count { advance(place, at: now) }
        return seen
    }

    /// Looks at all that exist, oldest first.
    mutating func lookAtAll(_ now: Duration) -> [FakeInstance] {
        instances.indices.filter { instances[$0].exists }.compactMap { look($0, now: now) }
    }
}

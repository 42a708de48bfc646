/// One thing that goes wrong.
enum Fault: Sendable, Hashable, CustomStringConvertible {
    /// kill -9, and another start after so many milliseconds.
    case kill(Who, downMs: Int)
    /// SIGTERM, and another start.
    case restart(Who)
    /// SIGSTOP, and SIGCONT after so many milliseconds.
    case freeze(Who, ms: Int)
    /// kill -9 of one that runs a program on that spoke; what becomes of the program nobody can know.
    case killSupervisor(spoke: Int)
    /// kill -9 in the moment when something has appeared on the disk, of that spoke where it is one's session.
    case killAt(Who, Moment, spoke: Int)
    /// kill -9 of all processes of the hub and the spokes.
    case killEverything(downMs: Int)
    /// A new key, made while it runs; whoever makes it is killed when that takes too long.
    case newKey(Who)
    case weather(line: Int, Weather, ms: Int)
    case cut(line: Int, Cut)
    /// Not a byte more fits on the disk with its state, for so many milliseconds.
    case fullDisk(Who, ms: Int)
    /// Its wall clock jumps, to so many seconds from the machine's.
    case clock(Who, seconds: Int)

    enum Who: Sendable, Hashable {
        case hub
        case spoke(Int)

        /// As its fleet calls it.
        var name: String {
            switch self {
            case .hub: "hub"
            case .spoke(let number): "s\(number)"
            }
        }
    }

    /// A point in the life of an attempt that can be seen from outside.
    enum Moment: String, Sendable, CaseIterable {
        /// Its directory is there, its program perhaps not yet.
        case directory
        /// Its exit record is there, and nobody has taken it in.
        case exit
        /// Whoever is to be killed has written to its database, and has not told anybody yet.
        case commit
    }

    var description: String {
        switch self {
        case .kill(let who, let down): "kill -9 of \(Self.name(who)), down for \(down) ms"
        case .restart(let who): "restart of \(Self.name(who))"
        case .freeze(let who, let time): "\(Self.name(who)) frozen for \(time) ms"
        case .killSupervisor(let spoke): "kill -9 of a supervisor of s\(spoke)"
        case .killAt(let who, let moment, let spoke):
            "kill -9 of \(Self.name(who)) at the next \(moment.rawValue) on s\(spoke)"
        case .killEverything(let down): "kill -9 of everything, down for \(down) ms"
        case .newKey(let who): "a new key for \(Self.name(who))"
        case .weather(let line, let weather, let time): "line \(line): \(weather) for \(time) ms"
        case .cut(let line, let cut): "line \(line): cut (\(cut))"
        case .fullDisk(let who, let time): "the disk of \(Self.name(who)) full for \(time) ms"
        case .clock(let who, let seconds): "the clock of \(Self.name(who)) \(seconds) s from the right time"
        }
    }

    private static func name(_ who: Who) -> String {
        switch who {
        case .hub: "the hub"
        case .spoke(let number): "s\(number)"
        }
    }
}

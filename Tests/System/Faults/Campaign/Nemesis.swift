import Foundation
import TestKit

/// Carries out the faults of a plan, and undoes them in the end.
struct Nemesis: Sendable {
    let proxied: Proxied
    let plan: Plan
    let ledger: Ledger

    var fleet: Fleet { proxied.fleet }

    /// The faults of processes, one after the other.
    func strikeProcesses(from start: ContinuousClock.Instant) async throws {
        for step in plan.ofProcesses {
            try await ContinuousClock().sleep(until: start + .milliseconds(step.at))
            ledger.count(step.fault.kind)
            switch step.fault {
            case .kill(let who, let down):
                try await kill(who)
                try await pause(down)
                try await launch(who)
            case .restart(let who):
                try await stop(who)
                try await launch(who)
            case .freeze(let who, let time):
                program(who)?.signal(SIGSTOP)
                try await pause(time)
                program(who)?.signal(SIGCONT)
            case .killSupervisor(let spoke): killSupervisor(spoke)
            case .killAt(let who, let moment, let spoke):
                try await waitFor(moment, of: who, spoke)
                try await kill(who)
                try await launch(who)
            case .killEverything(let down):
                for (_, program) in proxied.daemons { program.signal(SIGKILL) }
                for who in everybody { try await kill(who) }
                try await pause(down)
                for who in everybody { try await launch(who) }
            case .newKey(let who): try await giveNewKey(to: who)
            case .weather, .cut, .fullDisk, .clock: break
            }
        }
    }

    /// The faults of lines, one after the other.
    func strikeLines(from start: ContinuousClock.Instant) async throws {
        for step in plan.ofLines {
            try await ContinuousClock().sleep(until: start + .milliseconds(step.at))
            ledger.count(step.fault.kind)
            switch step.fault {
            case .weather(let line, let weather, let time):
                proxied.lines[line].weather(weather)
                try await pause(time)
                proxied.lines[line].weather(.fair)
            case .cut(let line, let cut): await proxied.lines[line].cut(cut)
            default: break
            }
        }
    }

    /// Nothing goes wrong from here on; what may heal by itself is left to.
    func heal() async throws {
        for line in proxied.lines {
            line.weather(.fair)
            if !plan.leavesHalfOpen { await line.cut(.reset, onlyHalfOpen: true) }
        }
        for who in everybody where program(who)?.isRunning != true {
            if let program = program(who), await gaveUpForWantOfRoom(who, program.wait()) {
                try await launch(who)
                continue
            }
            ledger.find("\(who) is not running: \(program(who)?.errorsSoFar.suffix(2_000) ?? "never started")")
            try await launch(who)
        }
    }

    private var everybody: [Fault.Who] { [.hub] + (0..<plan.spokes).map { .spoke($0) } }

    private func program(_ who: Fault.Who) -> Program? {
        switch who {
        case .hub: fleet.hub
        case .spoke(let number): fleet.spokes[proxied.names[number]]
        }
    }

    func pause(_ milliseconds: Int) async throws {
        try await ContinuousClock().sleep(for: .milliseconds(milliseconds))
    }

    private func kill(_ who: Fault.Who) async throws {
        guard let program = program(who) else { return }
        program.signal(SIGKILL)
        let result = await program.wait()
        // 137 is our own doing, everything else is the process's.
        if result.code != 137, !gaveUpForWantOfRoom(who, result) {
            ledger.find("\(who) had ended with \(result.code): \(result.err.suffix(2_000))")
        }
    }

    private func stop(_ who: Fault.Who) async throws {
        guard let program = program(who) else { return }
        program.signal(SIGTERM)
        let result = await program.wait(seconds: 30)
        // One that was started a moment ago has not come to minding signals yet.
        let isRight = result.code == 0 || (result.code == 143 && !result.text.contains("_started"))
        if !isRight, !gaveUpForWantOfRoom(who, result) {
            ledger.find("\(who) ended on SIGTERM with \(result.code): \(result.err.suffix(2_000))")
        }
    }

    private func launch(_ who: Fault.Who) async throws {
        ledger.count(who == .hub ? "starts of a hub again" : "starts of a spoke again")
        switch who {
        case .hub:
            // Its port is free while it is down: another process may have it for a connection of its own just now.
            for _ in 1...40 {
                if (try? await fleet.startHub()) != nil { return }
                guard let hub = fleet.hub, !hub.isRunning else { break }
                let result = await hub.wait()
                guard result.err.contains("in use") || gaveUpForWantOfRoom(who, result) else { break }
                try await pause(250)
            }
            ledger.find("the hub did not start: \(fleet.hub?.errorsSoFar.suffix(2_000) ?? "")")
        case .spoke(let number): try fleet.launchSpoke(proxied.names[number])
        }
    }

    private func killSupervisor(_ spoke: Int) {
        let folder = fleet.path(proxied.names[spoke]) + "/"
        let victim = fleet.members().first { $0.sessionDirectory?.hasPrefix(folder) == true }
        guard let victim, let attempt = victim.supervisedAttempt else { return }
        ledger.killing(attempt)
        Glibc.kill(victim.pid, SIGKILL)
        ledger.count("supervisors killed")
        ledger.note("killed the supervisor of \(attempt)")
    }

    /// Returns when there is one more of what the moment is, or after a while without.
    private func waitFor(_ moment: Fault.Moment, of who: Fault.Who, _ spoke: Int) async throws {
        let before = Set(signs(of: moment, who, spoke))
        let end = ContinuousClock.now + .milliseconds(1_500)
        while ContinuousClock.now < end, Set(signs(of: moment, who, spoke)).isSubset(of: before) {
            try await ContinuousClock().sleep(for: .milliseconds(2))
        }
    }

    private func signs(of moment: Fault.Moment, _ who: Fault.Who, _ spoke: Int) -> [String] {
        let folder = fleet.path(proxied.names[spoke]) + "/sessions/"
        let sessions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        switch moment {
        case .directory: return sessions.filter { !$0.hasPrefix(".") }
        case .exit: return sessions.filter { FileManager.default.fileExists(atPath: folder + $0 + "/exit") }
        case .commit:
            var path = fleet.path("hub") + "/hub.db-wal"
            if case .spoke(let number) = who { path = fleet.path(proxied.names[number]) + "/spoke.db-wal" }
            let written = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            return [written.map { "\($0.timeIntervalSince1970)" } ?? ""]
        }
    }
}

import CallProtocol
import Foundation
import Synchronization

/// A server that behaves as version 2 of RunPod's API does, for pods and what belongs to them.
///
/// Operations, for ``faults``: listGpuTypes, getGpuType, listCpuTypes, getCpuType, listDataCenters, getDataCenter,
/// createPod, listPods, getPod, deletePod, podAction, getPodLogs, listPodBilling.
package final class FakeRunPod: Sendable {
    package let account: ProviderAccount
    package let faults: FaultPlan
    package let server: FakeHTTPServer
    let logs = RunPodLogBook()
    let rates = Mutex(RunPodRateCounter())
    private let settingsBox: Mutex<RunPodSettings>
    private let random: Mutex<SeededRandom>
    private let clockwork = Mutex<Task<Void, Never>?>(nil)

    package init(
        _ settings: RunPodSettings = RunPodSettings(), time: ProviderTime = .real(), pace: BootPace = .polls(1),
        seed: UInt64 = 0, at address: FakeHTTPServer.Address = .anyPort
    ) {
        account = ProviderAccount(time: time, pace: pace)
        faults = FaultPlan(seed: seed)
        server = FakeHTTPServer(at: address)
        settingsBox = Mutex(settings)
        random = Mutex(SeededRandom(seed: seed))
    }

    /// Runs `body` beside a provider, and ends it when `body` is over, however it ends.
    package static func with<Value>(
        _ settings: RunPodSettings = RunPodSettings(), time: ProviderTime = .real(), pace: BootPace = .polls(1),
        seed: UInt64 = 0, _ body: (FakeRunPod) async throws -> Value
    ) async throws -> Value {
        let provider = FakeRunPod(settings, time: time, pace: pace, seed: seed)
        try await provider.start()
        let result: Result<Value, any Error>
        do { result = .success(try await body(provider)) } catch { result = .failure(error) }
        await provider.stop()
        return try result.get()
    }

    /// Listens; after a ``stop()`` on the same port, with all that there was.
    package func start() async throws {
        try await server.start { await self.answer($0) }
        clockwork.withLock { task in
            task?.cancel()
            task = Task {
                // What is due by time happens although nobody asks.
                while (try? await Task.sleep(for: .milliseconds(10))) != nil { self.settle() }
            }
        }
    }

    /// Stops listening, and waits for all that runs, hooks included.
    package func stop() async {
        await server.stop()
        let task = clockwork.withLock { $0 }
        task?.cancel()
        await task?.value
        await account.hooksFinished()
    }

    package var settings: RunPodSettings { settingsBox.withLock { $0 } }

    /// Changes the settings.
    package func update(_ body: (inout RunPodSettings) -> Void) { settingsBox.withLock { body(&$0) } }

    /// Puts a pod there that no request made, with the first GPU of the settings; it belongs to somebody with the same
    /// account.
    /// - Parameter cluster: makes it a member of that cluster: hidden from plain listings, and 409 when it is deleted.
    /// - Returns: its id.
    @discardableResult
    package func plant(
        name: String, phase: FakeInstance.Phase = .running, env: [String: String] = [:], cluster: String? = nil
    ) -> String {
        let (settings, id) = (settings, newID())
        let gpu = settings.gpus.first
        var facts: JSONObject = [
            "image": "stranger/image:latest", "args": "", "disk": 20, "ports": [], "registry": nil, "mounts": [:],
            "env": .object(JSONObject(env.map { ($0.key, .string($0.value)) })), "cloud": "SECURE",
            "dataCenterId": settings.dataCenters.first.map { .string($0.id) } ?? nil,
            "gpu": ["id": .string(gpu?.id ?? ""), "count": 1],
        ]
        if let cluster { facts["cluster"] = ["id": .string(cluster), "rank": 0] }
        account.with { state, now in
            let pod = FakeInstance(
                id: id, name: name, isPlanted: true, image: "stranger/image:latest", env: env, containerEnv: env,
                command: [], request: nil, facts: facts, rates: RunPodPod.rates(gpu?.prices["SECURE"] ?? 0, 0),
                createdAt: now)
            state.add(pod, now: now)
            state.change(id) { $0.move($1, to: phase, at: now) }
        }
        return id
    }

    /// A pod writes a line.
    package func log(_ line: String, pod: String, source: String = "container") {
        let date = Date(timeIntervalSince1970: account.time.unix(account.time.now()))
        logs.append(line, source: source, pod: pod, at: date)
    }

    /// Ends the log streams of a pod, as a proxy in between does now and then.
    package func cutLogs(_ pod: String) { logs.cut(pod) }

    /// Fourteen letters and digits.
    func newID() -> String {
        random.withLock { random in
            String((0..<14).compactMap { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement(using: &random) })
        }
    }

    /// Lets happen what is due: boots, the end of the money, the end of the logs of what is gone.
    func settle() {
        account.settle()
        let balance = settings.balance
        if balance < .infinity, account.spend >= balance {
            for pod in account.existing where !pod.isPlanted {
                // Without a network volume nothing is left of a pod when the money is gone.
                account.move(pod.id, to: pod.facts["mounts"]?["network"] == nil ? .terminated : .stopped)
            }
        }
        for pod in logs.podsRead where account.instance(pod)?.exists != true { logs.cut(pod) }
    }
}

import CallProtocol
import Synchronization

/// A server that behaves as Vast.ai's API does, for offers, instances and their logs.
///
/// Operations, for ``faults``: searchOffers, createInstance, showInstance, showInstances, manageInstance, destroyInstance,
/// showLogs, logFile.
package final class FakeVast: Sendable {
    package let account: ProviderAccount
    package let faults: FaultPlan
    package let server: FakeHTTPServer
    let logs = VastLogStore()
    /// When an operation was last let through.
    let lastTimes = Mutex<[String: Duration]>([:])
    private let settingsBox: Mutex<VastSettings>
    private let clockwork = Mutex<Task<Void, Never>?>(nil)

    package init(
        _ settings: VastSettings = VastSettings(), time: ProviderTime = .real(), pace: BootPace = .polls(1),
        seed: UInt64 = 0, at address: FakeHTTPServer.Address = .anyPort
    ) {
        account = ProviderAccount(time: time, pace: pace)
        faults = FaultPlan(seed: seed)
        server = FakeHTTPServer(at: address)
        settingsBox = Mutex(settings)
    }

    /// Runs `body` beside a provider, and ends it when `body` is over, however it ends.
    package static func with<Value>(
        _ settings: VastSettings = VastSettings(), time: ProviderTime = .real(), pace: BootPace = .polls(1),
        seed: UInt64 = 0, _ body: (FakeVast) async throws -> Value
    ) async throws -> Value {
        let provider = FakeVast(settings, time: time, pace: pace, seed: seed)
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
                while (try? await Task.sleep(for: .milliseconds(10))) != nil { self.account.settle() }
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

    package var settings: VastSettings { settingsBox.withLock { $0 } }

    /// Changes the settings.
    package func update(_ body: (inout VastSettings) -> Void) { settingsBox.withLock { body(&$0) } }

    /// Somebody else takes an offer.
    package func take(offer id: Int) {
        update { settings in
            for place in settings.offers.indices where settings.offers[place].id == id {
                settings.offers[place].isRentable = false
            }
        }
    }

    /// Somebody bids more for an interruptible instance: it stops, stays wanted, and its disk goes on costing.
    package func outbid(_ id: String) { account.move(id, to: .stopped) }

    /// Puts an instance there that no request made, on a machine of its own; it belongs to somebody with the same account.
    /// - Returns: its id.
    @discardableResult
    package func plant(
        label: String, phase: FakeInstance.Phase = .running, env: [String: String] = [:]
    ) throws -> String {
        var offer = VastOffer(
            id: 1, machineID: 1, gpuName: "RTX 3090", gpuRAM: 24_576, price: 0.2, minBid: 0.1, location: "Spain, ES")
        offer.duration = .seconds(1_000_000_000)
        let body: JSONValue = [
            "image": "stranger/image:latest", "label": .string(label),
            "env": .object(JSONObject(env.map { ($0.key, .string($0.value)) })),
        ]
        let order = try VastOrder(body, offer: 1, settings)
        return account.with { state, now in
            let made = VastInstance.make(order, offer, serial: state.serial(), account.time, now: now)
            let planted = FakeInstance(
                id: made.id, name: label, isPlanted: true, image: made.image, env: env, containerEnv: made.containerEnv,
                command: [], request: nil, facts: made.facts, rates: made.rates, createdAt: now)
            state.add(planted, now: now)
            state.change(planted.id) { $0.move($1, to: phase, at: now) }
            return planted.id
        }
    }

    /// An instance writes a line, or the daemon beside it.
    package func log(_ line: String, instance: String, fromDaemon: Bool = false) {
        logs.append(line, instance: instance, fromDaemon: fromDaemon)
    }
}

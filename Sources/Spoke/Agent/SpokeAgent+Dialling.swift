import CallProtocol
import Link
import Logging
import NIOCore
import Operations
import Synchronization

/// Making a link, with the right one of two keys.
extension SpokeAgent {
    /// A link that the hub has accepted. The next key comes first where there is one: once the hub has taken it, it knows
    /// no other; a hub that has not heard of it refuses it, and the old one holds.
    func establish() async throws -> Link {
        guard let next = nextKey() else { return try await link(with: keyring.identity.key) }
        let link: Link
        do {
            link = try await self.link(with: next)
        } catch {
            guard KeyRotation.isUnknownKey(error) else { throw error }
            // A hub that takes the announcement and refuses the key is not asked over and over without a pause.
            let wasAnnounced = state.withLock { $0.announced.take() == next.fingerprint }
            if wasAnnounced { throw error }
            return try await self.link(with: keyring.identity.key)
        }
        do {
            try await KeyRotation.confirm(link)
            try keyring.promote(next)
        } catch {
            link.abort()
            throw error
        }
        logger.notice("key rotated", metadata: ["key": .string(next.fingerprint.text)])
        onStatus(.keyRotated(next.fingerprint))
        return link
    }

    /// A link of its own for the bytes of tunnels, that the hub has accepted.
    func establishBulk(_ slot: Int) async throws -> Link { try await link(with: keyring.identity.key, bulk: slot) }

    /// - Parameter bulk: which of the links for the bytes of tunnels it is; nil for the one that carries calls.
    private func link(with key: PeerKey, bulk slot: Int? = nil) async throws -> Link {
        let link = try await dial(with: key, bulk: slot)
        let isAccepted = await withTaskCancellationHandler {
            (try? await link.isAccepted.get()) != nil
        } onCancel: {
            link.abort()
        }
        // Why it was refused is read from the link: the hub says there too how long it wants us to stay away.
        guard isAccepted else { throw DialError.ended((try? await link.end.get()) ?? .aborted) }
        do {
            try keyring.trust(link)
        } catch {
            // The chain leads to this key next time as well.
            logger.error("the hub's new key was not kept", metadata: ["error": .string("\(error)")])
        }
        return link
    }

    private func dial(with key: PeerKey, bulk slot: Int?) async throws -> Link {
        let identity = keyring.identity
        let (generation, dialler) = state.withLock { state in
            state.generation += 1
            return (state.generation, self.dialler(with: key, identity, &state))
        }
        var hello = Hello(software: software, role: role, instance: instance)
        hello.generation = generation
        if let slot { (hello.link, hello.slot) = (.bulk, slot) }
        hello.maxStreams = 4_096
        hello.operations = operationsDigest
        let (dispatcher, forUsers, executor) = (dispatcher, forUsers, executor)
        return try await dialler.dial(identity.addresses, hello: hello) { stream, _ in
            dispatcher.start(AsyncLinkStream(stream), on: executor) { request in
                Caller(
                    peer: "hub", name: request.forwardedFor?.name ?? "hub", role: request.forwardedFor?.role ?? "hub",
                    grants: request.forwardedFor == nil ? [Grant(scopes: ["*"])] : forUsers,
                    forwardedFor: request.forwardedFor)
            }
        }
    }

    /// The dialler of the last try where that was made with the same key, with the hub's keys as they are now.
    private func dialler(with key: PeerKey, _ identity: SpokeIdentity, _ state: inout State) -> LinkDialler {
        let pins = HubPins(Set(identity.hubFingerprints))
        var dialler =
            state.dialler.flatMap { $0.key.fingerprint == key.fingerprint ? $0 : nil }
            ?? LinkDialler(key: key, pins: pins, group: group, settings: settings)
        dialler.pins = pins
        state.dialler = dialler
        return dialler
    }
}

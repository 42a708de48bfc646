import Agent
import CallProtocol
import Formats
import FoundationEssentials
import Link
import NIOPosix
import Operations

/// By whose right a machine without a spoke serves tunnels.
protocol BearerSource: Sendable {
    /// Makes a key a tunnel peer of the hub, or its right longer.
    /// - Parameter name: what a new peer is to be called.
    /// - Throws: `CallError`, ``Failure``: `CONFLICT` for a key that is or was another peer's.
    func enrol(_ key: PeerKey, name: String) async throws -> TunnelRight
    /// Whether asking again may bring a right that is not there now.
    var isRenewable: Bool { get }
}

/// Who a tunnel peer is at its hub, and for how long.
struct TunnelRight: Sendable {
    var identity: SpokeIdentity
    /// Unix milliseconds; nil for as long as the operator may make tunnels.
    var validUntil: Int64?
    /// Unix milliseconds: when it was got, as far as this process knows.
    var since = RFC3339.now()
}

/// The right of the operator who is logged in here.
struct OperatorSource: BearerSource {
    let context: HubContext
    let connector: HubConnector

    var isRenewable: Bool { false }

    func enrol(_ key: PeerKey, name: String) async throws -> TunnelRight {
        let proof = TunnelEnrolInput.proof(key: key.fingerprint.text, sponsor: context.peerId)
        let input = TunnelEnrolInput(
            name: name, spki: Data(key.spki).base64EncodedString(),
            signature: Data(try key.sign(proof)).base64EncodedString())
        let output = try await connector.ask(TunnelOperations.enrol, input, wait: .seconds(30))
        let identity = SpokeIdentity(
            key: key, peerId: output.peerId, name: output.name,
            hubFingerprints: context.fingerprints, addresses: context.hub)
        return TunnelRight(identity: identity, validUntil: nil)
    }
}

/// The right that a token gives, which a program prints each time that it is asked.
struct HelperSource: BearerSource {
    let helper: CredentialsHelper
    let group: MultiThreadedEventLoopGroup

    var isRenewable: Bool { true }

    func enrol(_ key: PeerKey, name: String) async throws -> TunnelRight {
        let token = try await helper.token()
        let output = try await Enroller.join(
            token: token, as: .tunnel, name: name, labels: [:], facts: MachineFacts.read(), key: key, group: group,
            software: Version.software)
        return TunnelRight(
            identity: SpokeIdentity(key: key, token: token, output: output),
            validUntil: output.validUntil.flatMap { RFC3339.milliseconds($0) })
    }
}

import CallProtocol
import Formats
import FoundationEssentials
import Link
import Market
import NIOCore
import Operations
import Store

/// What a rented machine begins with: a token of its own, and a script that gets the spoke and becomes it.
///
/// It needs no SSH and no inbound port: the machine dials the hub.
struct Bootstrap: Sendable {
    let core: HubCore
    let market: any Market

    /// The image that is rented where none is said: any with a shell will do.
    static let usualImage = "ubuntu:24.04"

    /// What nodes bear that were rented, and those whose machine began with an image.
    static let (rentedLabel, imageLabel) = ("rented", "image")

    /// The labels of every rented node.
    static func labels(provider: String, id: String, image: String?) -> [String: String] {
        var labels = [rentedLabel: "true", "provider": provider, "instance": id.lowercased()]
        if let image { labels[imageLabel] = WorkloadRent.mark(of: image) }
        return labels
    }

    /// The token of an instance: for one use, by a spoke that waits until the provider has said that it is the one.
    func token(
        for row: RentedRow, lasting times: InstanceTimes, at now: Int64
    ) throws -> (record: TokenRecord, text: String) {
        let instance = row.instance
        var input = TokenCreateInput()
        input.ttlMs = times.call + times.boot
        input.name = Self.nodeName(instance)
        input.approve = true
        let own = Self.labels(provider: instance.provider, id: instance.id, image: row.request?.image)
        input.labels = (row.request?.labels ?? [:]).merging(own) { _, own in own }
        let maker = TokenMaker(
            fingerprint: core.key.fingerprint, addresses: core.configuration.advertised, ids: core.ids)
        let (record, created) = try maker.make(input, by: row.record.createdBy, at: now)
        return (record, created.token)
    }

    /// `runpod-k2c9fq`: its provider and what its id ends with.
    static func nodeName(_ instance: Instance) -> String {
        "\(instance.provider)-\(instance.id.suffix(6).lowercased())"
    }

    func order(_ request: RentRequest, name: String, token: String) async -> RentOrder {
        let script = BootScript(
            idVariable: market.idVariable, download: await core.download, release: market.selfRelease,
            lease: core.configuration.rentLeaseMs / 1_000
        ).text
        var env = ["CAPSTAN_JOIN": token, "CAPSTAN_BOOT": Data(script.utf8).base64EncodedString()]
        env["CAPSTAN_LEASE"] = DurationText.string(.milliseconds(core.configuration.rentLeaseMs))
        if let release = market.selfRelease { env["CAPSTAN_RELEASE"] = try? JSONCoding.encode(release).description }
        if market.idVariable == nil { env["CAPSTAN_INSTANCE"] = name }
        return RentOrder(
            name: name, offer: request.offer, image: request.image, disk: request.wish.disk, env: env,
            command: ["sh", "-c", #"eval "$(echo $CAPSTAN_BOOT|base64 -d)""#], script: script)
    }
}

package import Engine
package import NIOCore

/// Where a spoke looks for its engine.
package struct EnginePlace: Sendable {
    /// One for each address, in the order in which they are tried.
    var clients: [EngineClient]
    /// Whether an operator said so, so that its absence is an absence.
    var isChosen: Bool
    /// Why no engine is looked for, in words.
    var fault: String?
    /// Whether one was seen there, so that one which does not answer is away and comes back.
    var wasSeen = false

    /// No engine is looked for.
    package static let off = EnginePlace([], isChosen: true, fault: "none is looked for")

    private init(_ clients: [EngineClient], isChosen: Bool, fault: String? = nil) {
        self.clients = clients
        self.isChosen = isChosen
        self.fault = fault
    }

    /// This address and no other.
    package init(_ address: EngineAddress, group: any EventLoopGroup) {
        self.init([EngineClient(address, group: group)], isChosen: true)
    }

    /// The address at which somebody else has seen an engine.
    static func seen(_ address: EngineAddress, group: any EventLoopGroup) -> EnginePlace {
        var place = EnginePlace(address, group: group)
        place.wasSeen = true
        return place
    }

    /// What `DOCKER_HOST` says, else the usual places.
    package init(environment: [String: String], group: any EventLoopGroup) {
        guard let host = environment["DOCKER_HOST"], !host.isEmpty else {
            let usual = EngineAddress.usual(environment: environment)
            self.init(usual.map { EngineClient($0, group: group) }, isChosen: false)
            return
        }
        do throws(EngineAddress.Mistake) {
            self.init(try EngineAddress(parsing: host), group: group)
        } catch {
            self.init([], isChosen: true, fault: "DOCKER_HOST: \(error)")
        }
    }
}

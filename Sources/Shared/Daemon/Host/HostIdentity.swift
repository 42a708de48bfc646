import Crypto

/// What tells this machine from a copy of its disk: its host id and its first stable network address.
///
/// It finds accidental clones of a state directory; it is no secret and keeps no attacker out.
package struct HostIdentity: Hashable, Sendable {
    /// `linux:` and the machine id.
    package let hostId: String
    /// The hardware address of the first stable interface, `aa:bb:cc:dd:ee:ff`; empty when there is none.
    package let stableMac: String

    package init(hostId: String, stableMac: String) {
        self.hostId = hostId
        self.stableMac = stableMac
    }

    /// Hex of SHA-256 over host id, NUL, stable address.
    package var fingerprint: String {
        SHA256.hash(data: Array(hostId.utf8) + [0] + Array(stableMac.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The first 16 hex digits, for messages.
    package var fingerprintPrefix: String {
        String(fingerprint.prefix(16))
    }

    /// The identity of the machine below `root`; nil when it has no readable host id.
    package static func read(root: String = "/") -> HostIdentity? {
        let tree = HostTree(root: root)
        let id = ["etc/machine-id", "var/lib/dbus/machine-id"].lazy.compactMap { tree.text($0) }
            // systemd writes this word into images that are to get an id at their first boot.
            .first { $0 != "uninitialized" }
        return id.map { HostIdentity(hostId: "linux:" + $0, stableMac: StableMac.first(in: tree) ?? "") }
    }
}

/// The choice of a network address that stays with the machine.
enum StableMac {
    /// Interfaces that software makes and unmakes, by the beginning of their names.
    private static let skipped = [
        "lo", "docker", "br-", "veth", "virbr", "vnet", "tap", "tun", "wg", "tailscale", "utun", "ppp", "dummy", "cni",
        "flannel", "cali", "podman", "lxc", "lxd", "zt", "ifb", "sit", "bond", "vxlan",
    ]

    /// The address of the first interface, by name, that is neither skipped, virtual, nor randomly addressed.
    static func first(in tree: HostTree) -> String? {
        tree.names("sys/class/net").lazy
            .filter { name in !skipped.contains { name.hasPrefix($0) } }
            .filter { !isVirtual($0, in: tree) }
            .compactMap { tree.text("sys/class/net/\($0)/address")?.lowercased() }
            .first { $0.utf8.count == 17 && $0 != "00:00:00:00:00:00" }
    }

    /// The kernel links an interface without a device to `devices/virtual`; `addr_assign_type` 1 is a random address
    /// (Documentation/ABI/testing/sysfs-class-net of the Linux kernel).
    private static func isVirtual(_ name: String, in tree: HostTree) -> Bool {
        tree.link("sys/class/net/\(name)")?.contains("/virtual/") == true
            || tree.text("sys/class/net/\(name)/addr_assign_type") == "1"
    }
}

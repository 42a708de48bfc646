import Daemon
import Glibc
import TestKit
import Testing

@Suite("The host fingerprint")
struct HostTests {
    /// A machine in a folder: an id and its interfaces.
    private func machine(_ root: String, id: String?, interfaces: [(name: String, mac: String)] = []) throws {
        if let id { try plant(id + "\n", at: root + "/etc/machine-id") }
        for (name, mac) in interfaces { try plant(mac + "\n", at: root + "/sys/class/net/\(name)/address") }
    }

    @Test("the host id comes from the machine id, then from D-Bus's")
    func hostId() async throws {
        try await withFolder { root in
            #expect(HostIdentity.read(root: root) == nil)
            try plant("dbus\n", at: root + "/var/lib/dbus/machine-id")
            #expect(HostIdentity.read(root: root)?.hostId == "linux:dbus")
            try plant("uninitialized\n", at: root + "/etc/machine-id")
            #expect(HostIdentity.read(root: root)?.hostId == "linux:dbus")
            try plant("own\n", at: root + "/etc/machine-id")
            #expect(HostIdentity.read(root: root)?.hostId == "linux:own")
        }
    }

    @Test("the stable address is the first by name that no software made")
    func stableMac() async throws {
        try await withFolder { root in
            try machine(
                root, id: "a",
                interfaces: [
                    ("lo", "00:00:00:00:00:00"), ("docker0", "02:42:00:00:00:01"), ("br-1", "02:42:00:00:00:02"),
                    ("veth1", "02:42:00:00:00:03"), ("aaa0", "00:00:00:00:00:00"), ("wlan0", "aa:aa:aa:aa:aa:02"),
                    ("eth0", "AA:AA:AA:AA:AA:01"), ("eno0", "aa:aa:aa:aa:aa:00"),
                ])
            try plant("1\n", at: root + "/sys/class/net/eno0/addr_assign_type")
            #expect(HostIdentity.read(root: root)?.stableMac == "aa:aa:aa:aa:aa:01")
        }
    }

    @Test("an interface that the kernel calls virtual is skipped")
    func virtualInterface() async throws {
        try await withFolder { root in
            try machine(root, id: "a")
            try plant("aa:aa:aa:aa:aa:03", at: root + "/sys/devices/virtual/net/eth0/address")
            try StateDirectory(path: root + "/sys/class/net").create()
            symlink("../../devices/virtual/net/eth0", root + "/sys/class/net/eth0")
            #expect(HostIdentity.read(root: root)?.stableMac == "")
        }
    }

    @Test("the fingerprint is SHA-256 over host id, NUL and address")
    func goldenFingerprint() {
        let identity = HostIdentity(hostId: "linux:abc", stableMac: "aa:bb:cc:dd:ee:ff")
        // printf 'linux:abc\0aa:bb:cc:dd:ee:ff' | sha256sum
        #expect(identity.fingerprint == "e2aa2460c76aea6eb23b915208ccd4aa7bc0bf8cf9a66adf38e6fd1b245ad753")
        #expect(identity.fingerprintPrefix == identity.fingerprint.prefix(16))
    }

    @Test("first run writes, the next matches, another host differs, accepting makes it match")
    func check() async throws {
        try await withFolder { folder in
            let state = StateDirectory(path: folder + "/state")
            try state.create()
            try machine(folder + "/one", id: "one")
            try machine(folder + "/two", id: "two")
            let here = HostFingerprintFile(in: state, root: folder + "/one", now: { 0 })
            let there = HostFingerprintFile(in: state, root: folder + "/two", now: { 0 })
            let identity = try #require(HostIdentity.read(root: folder + "/one"))

            #expect(try here.check() == .written(prefix: identity.fingerprintPrefix))
            #expect(mode(of: here.path) == 0o600)
            #expect(try text(here.path).contains("\"writtenAt\" : \"1970-01-01T00:00:00.000Z\""))
            #expect(try here.check() == .matched)
            guard case .changed(let stored, let current) = try there.check() else {
                Issue.record("the change was not seen")
                return
            }
            #expect(stored.hostId == "linux:one")
            #expect(stored.schemaVersion == 1)
            #expect(current.hostId == "linux:two")
            #expect(try there.accept()?.hostId == "linux:two")
            #expect(try there.check() == .matched)
        }
    }

    @Test("neither a host without an id nor a damaged file stops a spoke")
    func unreadable() async throws {
        try await withFolder { folder in
            let state = StateDirectory(path: folder + "/state")
            try state.create()
            let nameless = HostFingerprintFile(in: state, root: folder + "/none")
            guard case .unreadable = try nameless.check() else {
                Issue.record("a host without an id was identified")
                return
            }
            #expect(try nameless.accept() == nil)
            try machine(folder + "/one", id: "one")
            try AtomicFile.write("{", to: state.file("host-fingerprint.json"))
            let check = try HostFingerprintFile(in: state, root: folder + "/one").check()
            guard case .unreadable = check, case .proceedWithWarning = ClonePolicy.refuse.judge(check) else {
                Issue.record("a damaged file stopped the spoke: \(check)")
                return
            }
        }
    }

    @Test("refuse tells both hosts and the ways out, warn goes on with a word, allow is silent")
    func policies() async throws {
        try await withFolder { folder in
            let state = StateDirectory(path: folder + "/state")
            try state.create()
            try machine(folder + "/one", id: "one")
            try machine(folder + "/two", id: "two")
            _ = try HostFingerprintFile(in: state, root: folder + "/one").check()
            let changed = try HostFingerprintFile(in: state, root: folder + "/two").check()
            guard case .refuse(let message) = ClonePolicy.refuse.judge(changed) else {
                Issue.record("not refused")
                return
            }
            for part in [
                "linux:one", "linux:two", "capstan spoke accept-host", "capstan spoke rotate-key", "--state-dir",
            ] {
                #expect(message.contains(part))
            }
            guard case .proceedWithWarning = ClonePolicy.warn.judge(changed) else {
                Issue.record("no warning")
                return
            }
            #expect(ClonePolicy.allow.judge(changed) == .proceed)
        }
    }

    @Test("the default refuses on hosts and warns in containers and rented instances")
    func standardPolicy() {
        #expect(ClonePolicy.standard(isContainer: false, isRented: false) == .refuse)
        #expect(ClonePolicy.standard(isContainer: true, isRented: false) == .warn)
        #expect(ClonePolicy.standard(isContainer: false, isRented: true) == .warn)
    }

    @Test("a container is known by its environment, its marker file or its control group")
    func containers() async throws {
        try await withFolder { folder in
            #expect(!ContainerDetection.isContainer(root: folder, environment: ["CONTAINER": "0"]))
            #expect(ContainerDetection.isContainer(root: folder, environment: ["CONTAINER": "1"]))
            #expect(ContainerDetection.isContainer(root: folder, environment: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"]))
            try plant("0::/init.scope\n", at: folder + "/proc/1/cgroup")
            #expect(!ContainerDetection.isContainer(root: folder, environment: [:]))
            try plant("12:cpu:/kubepods/burstable/x\n", at: folder + "/proc/1/cgroup")
            #expect(ContainerDetection.isContainer(root: folder, environment: [:]))
            try plant("", at: folder + "/other/.dockerenv")
            #expect(ContainerDetection.isContainer(root: folder + "/other", environment: [:]))
        }
    }
}

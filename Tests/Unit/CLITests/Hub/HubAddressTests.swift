import Link
import Testing

@testable import capstan

@Suite("Where a hub listens and where it is dialled")
struct HubAddressTests {
    @Test("What a hub is told to listen on is an address of this machine")
    func listening() {
        func flags(_ hosts: String...) -> String {
            LocalAddresses.listening(for: hosts.map { HostPort(host: $0, port: 7443) }, local: ["10.0.0.5"])
        }
        #expect(flags("127.0.0.1") == "--listen 127.0.0.1:7443")
        #expect(flags("10.0.0.5") == "--listen 10.0.0.5:7443")
        #expect(flags("foo", "bar") == "--listen 0.0.0.0:7443 --advertise foo:7443 --advertise bar:7443")
    }

    @Test("A hub that only this machine can dial says so where others are told to dial it")
    func unreachable() {
        let (loopback, open) = (HostPort(host: "127.0.0.1", port: 7443), HostPort(host: "0.0.0.0", port: 7443))
        let name = HostPort(host: "hub.example", port: 7443)
        #expect(HubDaemon.unreachable(loopback, advertised: [name])?.contains("--listen 0.0.0.0:7443") == true)
        #expect(HubDaemon.unreachable(loopback, advertised: [loopback]) == nil)
        #expect(HubDaemon.unreachable(open, advertised: [name]) == nil)
    }
}

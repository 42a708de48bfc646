import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("What service managers are told")
struct ServiceDescriptionTests {
    private static let plain = ServiceDescription(
        name: "capstan-tunnel-user-web", summary: "Capstan tunnel web",
        arguments: ["/usr/bin/capstan", "tunnel", "run", "--name", "web"], environment: [:], isSystem: false)
    private static let strange = ServiceDescription(
        name: "capstan-tunnel-system-a", summary: "100% \\ of it",
        arguments: ["/opt/my tools/100%$x\"y\\/capstan", "tunnel", "run", "--name", "a", "--system"],
        environment: ["A": "b c", "D": "%h $HOME \"q\" \\"], isSystem: true)

    @Test("A unit says what is run and when it is tried again")
    func unit() {
        let unit = Self.plain.systemdUnit(steps: true)
        #expect(unit.contains("\nExecStart=/usr/bin/capstan tunnel run --name web\n"))
        #expect(unit.contains("\nRestart=on-failure\nRestartSec=5\nRestartSteps=2\nRestartMaxDelaySec=60\n"))
        #expect(unit.contains("\nWantedBy=default.target\n"))
        #expect(!Self.plain.systemdUnit(steps: false).contains("RestartSteps"))
        let strange = Self.strange.systemdUnit(steps: false)
        #expect(strange.contains(#"ExecStart="/opt/my tools/100%%$$x\"y\\/capstan" tunnel run --name a --system"#))
        #expect(strange.contains(#"Environment="D=%%h $HOME \"q\" \\""#), "\(strange)")
        #expect(strange.contains("\nWantedBy=multi-user.target\n"))
    }

    @Test("A property list is one, and says the same")
    func plist() throws {
        for service in [Self.plain, Self.strange] {
            let text = try service.launchdPlist(log: "/tmp/<log> & more")
            let plist = try #require(
                try PropertyListSerialization.propertyList(from: Data(text.utf8), format: nil) as? [String: Any])
            #expect(plist["ProgramArguments"] as? [String] == service.arguments)
            #expect(plist["Label"] as? String == "dev.capstan.\(service.name)")
            #expect((plist["KeepAlive"] as? [String: Bool]) == ["SuccessfulExit": false])
            #expect(plist["EnvironmentVariables"] as? [String: String] ?? [:] == service.environment)
            #expect(plist["StandardErrorPath"] as? String == "/tmp/<log> & more")
        }
    }
}

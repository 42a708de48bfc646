import Foundation
import TestKit

extension RealEngine {
    enum Kind: String, CaseIterable, Sendable {
        case docker, podman

        /// Those that can be started here.
        static let here = allCases.filter { $0.obstacle == nil }

        /// Why none can be started here; nil where one can.
        var obstacle: String? {
            if geteuid() != 0 { return "an engine of its own needs root" }
            let tools =
                switch self {
                case .docker: ["dockerd", "containerd", "docker", "busybox"]
                // The client and the runtime are Docker's.
                case .podman: ["podman", "runc", "docker", "busybox"]
                }
            for tool in tools where RealEngine.path(of: tool) == nil {
                return "\(tool) is not installed (Debian: docker.io podman busybox-static)"
            }
            return nil
        }
    }

    static let system = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

    static func tool(_ name: String) throws -> String {
        guard let path = path(of: name) else { throw Unmet(what: "the program \(name)", seconds: 0) }
        return path
    }

    private static func path(of tool: String) -> String? {
        ["/usr/sbin/", "/usr/local/sbin/", "/usr/bin/", "/usr/local/bin/", "/bin/"].map { $0 + tool }
            .first { access($0, X_OK) == 0 }
    }
}

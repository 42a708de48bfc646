import Glibc

/// The variables of this process's environment that Capstan looks at.
enum Environment {
    private static let names = [
        "CAPSTAN_CONFIG_DIR", "CAPSTAN_CONTEXT", "CAPSTAN_INSTANCE", "CAPSTAN_STATE_DIR", "CONTAINER_ID", "DOCKER_HOST",
        "HOME",
        "RUNPOD_POD_ID", "TERM", "USER", "VAST_CONTAINERLABEL", "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]

    /// One by its name, whatever it is.
    static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static var all: [String: String] {
        var values: [String: String] = [:]
        for name in names {
            if let value = getenv(name) { values[name] = String(cString: value) }
        }
        return values
    }
}

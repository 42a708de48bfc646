/// Whether this process runs in a container, where clones of a state directory are ordinary.
package enum ContainerDetection {
    /// True for `KUBERNETES_SERVICE_HOST`, `CONTAINER=1`, `/.dockerenv`, or an engine's name in `/proc/1/cgroup`.
    /// - Parameter root: where the file tree begins; a test brings its own.
    package static func isContainer(root: String = "/", environment: [String: String]) -> Bool {
        if environment["KUBERNETES_SERVICE_HOST"] != nil || environment["CONTAINER"] == "1" { return true }
        let tree = HostTree(root: root)
        if tree.exists(".dockerenv") { return true }
        guard let groups = tree.text("proc/1/cgroup") else { return false }
        return ["docker", "kubepods", "containerd"].contains { groups.contains($0) }
    }
}

import CallProtocol
import Operations

extension HostStatus {
    /// What a status may weigh: the hub keeps one of each connected spoke.
    static let limit = 4_096
    private static let warningLimit = 16

    /// The same in at most ``limit`` bytes of JSON. What is less worth goes first, the interfaces, and `shortened` says
    /// that something is left out.
    func bounded() -> HostStatus {
        var status = self
        status.warnings = warnings.prefix(Self.warningLimit).map { String($0.prefix(200)) }
        if status.warnings != warnings { status.shortened = true }
        while (try? JSONCoding.encode(status))?.count ?? 0 > Self.limit {
            status.shortened = true
            guard status.dropOne() else { return status }
        }
        return status
    }

    private mutating func dropOne() -> Bool {
        if network?.popLast() != nil { return true }
        if disks?.popLast() != nil { return true }
        if gpus?.popLast() != nil { return true }
        return warnings.popLast() != nil
    }
}

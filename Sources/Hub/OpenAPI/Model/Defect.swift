/// Something in a document that is not as it should be, and what was made of it.
package struct Defect: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable, Codable {
        /// A liberty that was taken, or a nuisance that changes nothing.
        case note
        /// Something was read as it was probably meant; calls work, and may not do all they could.
        case warning
        /// An operation cannot be called.
        case error

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    package var severity: Severity
    /// JSON Pointer into the document, with the file's path before `#` where it has several.
    package var pointer: String
    /// What is wrong and what was made of it; no full stop.
    package var message: String

    package init(_ severity: Severity, at pointer: String, _ message: String) {
        self.severity = severity
        self.pointer = pointer
        self.message = message
    }
}

/// Collects defects while a document is read; the same one at the same place counts once.
final class DefectLog {
    private var seen: Set<Defect> = []
    private(set) var defects: [Defect] = []

    /// As many as anybody reads.
    private static let most = 5_000

    func add(_ severity: Defect.Severity, at place: some CustomStringConvertible, _ message: String) {
        guard defects.count < Self.most else { return }
        let defect = Defect(severity, at: place.description, message)
        if seen.insert(defect).inserted { defects.append(defect) }
    }
}

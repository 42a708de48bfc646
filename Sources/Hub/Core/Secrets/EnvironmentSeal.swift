import Crypto
import FoundationEssentials
import Operations
import Store

/// Keeps the values of programs' variables unreadable in the store: AES-256-GCM with a key that lies in a file beside it,
/// each value bound to its workload and its name, so that none can be put in another's place.
struct EnvironmentSeal: Sendable {
    /// A value was sealed with another key, or changed since.
    struct Unreadable: Error {
        /// For people.
        static let reason =
            "the values of its variables cannot be read: they were stored with another \(HubSetup.secretKeyName) than the "
            + "hub has now; submit it again, or restore that file from the backup of the database"
    }

    /// What a sealed value begins with; others are from before there was a seal, and are what they are.
    fileprivate static let mark = "sealed:1:"
    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    /// The specification as it is stored.
    func sealed(_ spec: WorkloadSpec, of workload: String) throws -> WorkloadSpec {
        try changed(spec) { name, value in
            let box = try AES.GCM.seal(Data(value.utf8), using: key, authenticating: Self.bound(workload, name))
            guard let bytes = box.combined else { throw Unreadable() }
            return Self.mark + bytes.base64EncodedString()
        }
    }

    /// The specification as it was submitted.
    /// - Throws: ``Unreadable``.
    func opened(_ spec: WorkloadSpec, of workload: String) throws -> WorkloadSpec {
        try changed(spec) { name, value in
            guard value.hasPrefix(Self.mark) else { return value }
            guard let bytes = Data(base64Encoded: String(value.dropFirst(Self.mark.count))),
                let box = try? AES.GCM.SealedBox(combined: bytes),
                let text = try? AES.GCM.open(box, using: key, authenticating: Self.bound(workload, name))
            else { throw Unreadable() }
            return String(decoding: text, as: UTF8.self)
        }
    }

    private func changed(_ spec: WorkloadSpec, _ change: (String, String) throws -> String) throws -> WorkloadSpec {
        guard let env = spec.env else { return spec }
        var spec = spec
        spec.env = try Dictionary(uniqueKeysWithValues: env.map { ($0.key, try change($0.key, $0.value)) })
        return spec
    }

    private static func bound(_ workload: String, _ name: String) -> Data { Data("\(workload)\0\(name)".utf8) }
}

extension HubCore {
    /// How many workloads that have not ended have values that were sealed: with a key that is new, none can be read.
    package func countSealed() async throws -> Int {
        try await store.read { try $0.openWorkloads(holding: EnvironmentSeal.mark) }
    }
}

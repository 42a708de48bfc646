import Foundation
import Store

/// Ready-made rows for tests; times are small round numbers.
enum Samples {
    static func spoke(_ id: String, name: String? = nil, at: Int64 = 1_000) -> PeerRecord {
        PeerRecord(id: id, kind: .spoke, name: name ?? "name-\(id)", createdAt: at)
    }

    static func key(_ fingerprint: String, of peer: String, at: Int64 = 1_000) -> PeerKeyRecord {
        PeerKeyRecord(fingerprint: fingerprint, peerId: peer, spki: Data(fingerprint.utf8), addedAt: at)
    }

    static func workload(_ id: String, name: String = "job", priority: Int = 50, at: Int64 = 1_000) -> WorkloadRecord {
        WorkloadRecord(
            id: id, name: name, owner: "OPERATOR", spec: #"{"command":["true"]}"#, priority: priority,
            submittedAt: at)
    }

    static func token(_ id: String = "TOKEN", uses: Int = 1, expiresAt: Int64 = 10_000) -> TokenRecord {
        TokenRecord(
            id: id, kind: .spoke, secretHash: hash(7), maxUses: uses, expiresAt: expiresAt, createdAt: 0,
            createdBy: "OPERATOR")
    }

    static func hash(_ byte: UInt8) -> Data { Data(repeating: byte, count: 32) }

    static func enrolment(_ number: Int, token: String = "TOKEN", secret: UInt8 = 7, at: Int64 = 5_000) -> Enrolment {
        Enrolment(
            tokenId: token, secretHash: hash(secret), fingerprint: "sha256:\(number)", spki: Data([1]),
            peerId: "PEER\(number)", name: "node-\(number)", labels: #"{"zone":"asked","mine":"1"}"#, at: at)
    }

    /// A store in memory with two active spokes, `N1` and `N2`.
    static func store() async throws -> HubStore {
        let store = try HubStore.inMemory()
        try await store.write { tx in
            try tx.insertPeer(spoke("N1"), key: key("sha256:n1", of: "N1"))
            try tx.insertPeer(spoke("N2"), key: key("sha256:n2", of: "N2"))
        }
        return store
    }

    /// Submits `id` and places it on `node`; the attempt's id is `A-` and the workload's.
    static func place(_ id: String, on node: String = "N1", in store: HubStore) async throws {
        try await store.write { tx in
            _ = try tx.submit(workload(id))
            _ = try tx.assign(
                [Assignment(workloadId: id, generation: 0, nodeId: node, attemptId: "A-\(id)")], at: 2_000)
        }
    }
}

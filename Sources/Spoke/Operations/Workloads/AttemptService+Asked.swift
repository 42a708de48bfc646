import CallProtocol
import Database
import Logging
import Operations
import Processes

/// What the hub asks.
extension AttemptService {
    private enum Taken: Sendable {
        case known(AttemptStatus)
        case new(AttemptStatus, superseded: [String])
    }

    /// Takes up an attempt; returns once that is durable. Asked again it answers with what became of it.
    func start(_ input: AttemptStart) async throws -> AttemptStatus {
        guard Self.isName(input.attempt) else {
            throw CallError(.invalidInput, "\"\(input.attempt)\" is no id of an attempt: letters, digits, - and _")
        }
        let row = try AttemptRow(input)
        let journalID = store.rowID()
        let limit = configuration.journalLimit
        let node = configuration.node
        // Room may have been made since the last look: who asks again shall not wait for the next one.
        await store.restoreReserve()
        let hasReserve = store.holdsReserve
        let taken = try await store.write { db -> Taken in
            if let known = try AttemptTable.find(db, row.id) { return .known(try known.status()) }
            guard try !AttemptTable.isForgotten(db, row.id) else { throw CallError.forgotten(row.id, node) }
            guard hasReserve else { throw CallError.diskFull(node) }
            guard try JournalTable.count(db) < limit else { throw CallError.journalFull(node, limit) }
            if let highest = try AttemptTable.highestGeneration(db, workload: row.workload), highest > row.generation {
                throw CallError(
                    .conflict,
                    "workload \(row.workload) is at generation \(highest) on \(node), above \(row.generation)"
                )
            }
            try AttemptTable.insert(db, row, journal: journalID)
            let older = try AttemptTable.supersede(db, workload: row.workload, by: row.generation)
            return .new(try row.status(), superseded: older)
        }
        switch taken {
        case .known(let status): return status
        case .new(let status, let superseded):
            follow(row.id, ending: false)
            for id in superseded { end(id) }
            return status
        }
    }

    /// Wishes the end of an attempt; durable when it returns. An ended one answers with its state.
    func cancel(_ id: String) async throws -> AttemptStatus {
        let row = try await pressing { [self] in
            try await store.write { db -> AttemptRow? in
                try AttemptTable.wishEnd(db, id, reason: "cancelled")
                return try AttemptTable.find(db, id)
            }
        }
        guard let row else { throw CallError.noAttempt(id) }
        if row.isActive { end(id) }
        return try row.status()
    }

    func list(_ input: AttemptListInput) async throws -> AttemptStatusList {
        let active = input.active ?? false
        let (rows, epoch) = try await store.read {
            (try AttemptTable.all($0, active: active), try JournalTable.state($0).epoch)
        }
        return AttemptStatusList(attempts: try rows.map { try $0.status() }, epoch: epoch)
    }

    /// Drops an ended attempt with its recording; harmless when it is not there.
    func forget(_ id: String) async throws {
        guard let row = try await store.read({ try AttemptTable.find($0, id) }) else { return }
        guard !row.isActive else {
            throw CallError(.failedPrecondition, "attempt \(id) has not ended; cancel it first")
        }
        try await drop(id)
    }

    /// Drops what has been safe at the hub for long enough.
    func purge() async {
        let before = configuration.now() - Self.keptAfterAcknowledgement
        do {
            while true {
                let due = try await store.read { try AttemptTable.acknowledged($0, before: before) }
                if due.isEmpty { break }
                for id in due { try await drop(id) }
            }
            try await sweepGroups()
            try await store.write { try AttemptTable.pruneForgotten($0) }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("old attempts not dropped", metadata: ["error": .string("\(error)")])
        }
    }

    /// Seven days, in milliseconds.
    private static var keptAfterAcknowledgement: Int64 { 7 * 86_400_000 }

    /// The recording first: a row without one can be dropped again, a recording without a row never.
    private func drop(_ id: String) async throws {
        let directory = directory(id)
        try await offload { _ = try SupervisorClient.remove(directory) }
        try await store.write { try AttemptTable.delete($0, id) }
    }

    /// For what frees resources: on a full disk the reserve may be used.
    private func pressing<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch  where DatabaseFileError.isDiskFull(error) && store.releaseReserve() {
            return try await body()
        }
    }

    /// Whether a text can name a directory without leading anywhere else.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

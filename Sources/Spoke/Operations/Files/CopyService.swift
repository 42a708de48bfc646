import Archive
import CallProtocol
import NIOCore
import Operations
import Synchronization

/// Files of the machine, sent and received as archives.
final class CopyService: Sendable {
    /// Where it is written down how far copies are.
    private let folder: String
    /// What paths are relative to.
    private let home: String
    private let turns = KeyedPermits()
    /// Who is at a copy.
    private let senders = Mutex<[String: SessionStream]>([:])
    private let swept = Mutex<ContinuousClock.Instant?>(nil)

    /// Bytes that are read at once.
    private static let readSize = 256 << 10
    /// Entries that are looked at between two looks at whether somebody still waits.
    private static let surveyStep = 1_000
    private static let sweepInterval = Duration.seconds(600)

    init(folder: String, home: String) {
        self.folder = folder
        self.home = home
    }

    func copyOut(_ input: HostCopyOutInput, _ stream: SessionStream) async throws {
        try await told {
            let source = ArchiveSource(input.path, base: home, home: home)
            let survey = try await survey(source, mark: max(0, input.offset ?? 0))
            let isSame = survey.etag == input.etag
            let offset = isSame ? min(max(0, input.offset ?? 0), survey.bytes) : 0
            var output = HostCopyOutOutput(
                etag: survey.etag, bytes: survey.bytes, content: survey.content, entries: survey.entries,
                offset: offset, name: String(decoding: source.name, as: UTF8.self), folder: survey.isFolder)
            output.skipped = survey.skipped > 0 ? survey.skipped : nil
            output.firstSkipped = survey.firstSkipped
            try stream.accept(output)
            let packer = ArchivePacker(source, from: offset, survey.at(offset))
            while let bytes = try await offload({ try packer.next(Self.readSize) }) {
                try await stream.sendRaw(bytes)
            }
        }
    }

    private func survey(_ source: ArchiveSource, mark: Int64) async throws -> ArchiveSurvey {
        let surveyor = ArchiveSurveyor(source, mark: mark)
        while true {
            try Task.checkCancellation()
            if let survey = try await offload({ try surveyor.advance(Self.surveyStep) }) { return survey }
        }
    }

    func copyIn(_ input: HostCopyInInput, for caller: Caller, _ stream: SessionStream) async throws {
        let name = Self.name(input, caller)
        // Who asks again has lost the link to the one before, whether or not that shows here already.
        let before = senders.withLock { senders in
            defer { senders[name.id] = stream }
            return senders[name.id]
        }
        before?.reset(ErrorCode.conflict.linkCode, "another caller goes on with this copy")
        defer {
            senders.withLock { senders in if senders[name.id] === stream { senders[name.id] = nil } }
        }
        try await turns.with(name.id) {
            try await told { try await self.receive(name, input, stream) }
        }
    }

    private func receive(_ name: IncomingCopy.Name, _ input: HostCopyInInput, _ stream: SessionStream) async throws {
        let (folder, home) = (folder, home)
        let copy = try await offload {
            try IncomingCopy(name, notesIn: folder) { () throws(ArchiveError) in
                try Destination(input, home: home)
            }
        }
        do {
            guard let start = copy.start else {
                return try stream.accept(
                    HostCopyInOutput(path: copy.destination.path, offset: input.archive?.bytes ?? 0))
            }
            if let bytes = input.archive?.bytes { try copy.destination.checkRoom(for: bytes - start) }
            try stream.accept(HostCopyInOutput(path: copy.destination.path, offset: start))
            while let bytes = try await stream.nextBytes() {
                try await offload { try copy.write(bytes) }
            }
            try await offload { try copy.finish() }
        } catch {
            // What was cut off is gone on with; what cannot be done leaves nothing half-done behind.
            let isFinal = (error as? ArchiveError)?.isFinal ?? (input.archive == nil)
            try? await offload { isFinal ? copy.abandon() : copy.pause() }
            throw error
        }
    }

    /// The same copy of the same caller has the same name.
    private static func name(_ input: HostCopyInInput, _ caller: Caller) -> IncomingCopy.Name {
        guard let archive = input.archive else {
            return IncomingCopy.Name(id: String(UInt64.random(in: 0 ... .max), radix: 16), etag: "-")
        }
        let words = [caller.forwardedFor?.peer ?? caller.peer, archive.source ?? "", input.path, archive.name]
        return IncomingCopy.Name(
            id: IncomingCopy.Name.id(of: words), etag: archive.etag, transfer: archive.transfer)
    }

    /// Removes what nobody went on with, now and then.
    func sweep() async {
        let isDue = swept.withLock { swept in
            guard swept.map({ $0.duration(to: .now) > Self.sweepInterval }) ?? true else { return false }
            swept = .now
            return true
        }
        guard isDue else { return }
        let folder = folder
        try? await offload { IncomingCopy.sweep(notesIn: folder) }
    }

    private func told(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as ArchiveError { throw CallError(error) }
    }
}

extension Destination {
    fileprivate init(_ input: HostCopyInInput, home: String) throws(ArchiveError) {
        let name = input.archive.map { Array($0.name.utf8) }
        try self.init(
            input.path, base: home, home: home,
            for: Coming(name: name, isFolder: input.archive?.folder ?? true),
            Manner(makesFolders: input.parents ?? false, into: input.into ?? false))
    }
}

import Archive
import CallProtocol
import NIOCore
import Operations
import Synchronization

/// Files of a node, on their way to another place.
final class RemoteCopyOrigin: CopyOrigin {
    private let node: String
    private let path: String
    private let transfer: String
    private let connector: HubConnector
    private let deadline: Deadline
    private let state = Mutex(State())

    private struct State {
        var stream: SessionStream?
        var etag: String?
    }

    init(_ node: String, path: String, transfer: String, _ connector: HubConnector, until deadline: Deadline) {
        self.node = node
        self.path = path
        self.transfer = transfer
        self.connector = connector
        self.deadline = deadline
    }

    func open(_ left: CopyLeft?) async throws -> CopyOpening {
        let connection = try await connector.connection(until: deadline)
        let (output, stream) = try await connection.calls.session(
            HostOperations.copyOut, HostCopyOutInput(path: path, etag: left?.etag, offset: left?.offset),
            .init(node: .named(node), deadlineMs: deadline.callMs))
        stream.finish()
        guard output.bytes >= 0, output.bytes < 1 << 62, 0...output.bytes ~= output.offset else { throw nonsense(node) }
        let before = state.withLock { state in
            defer { state = State(stream: stream, etag: output.etag) }
            return state.stream
        }
        before?.reset(.aborted, "asked for another part")
        let archive = CopyArchive(
            etag: output.etag, bytes: output.bytes, name: Self.name(of: path, on: node), folder: output.folder,
            transfer: transfer,
            source: IncomingCopy.Name.id(of: [node, path]))
        return CopyOpening(
            archive: archive, content: output.content, entries: output.entries, offset: output.offset,
            skipped: output.skipped ?? 0,
            firstSkipped: output.firstSkipped)
    }

    /// What it is called here: as the person who asks calls it. The node's own word is not asked for: it could say that
    /// this is `.bashrc`.
    static func name(of path: String, on node: String) -> String {
        if path == "." || path.hasSuffix("/.") { return "." }
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        return ["", "~", ".."].contains(last) ? node : last
    }

    func move(to offset: Int64) async throws {
        let etag = state.withLock { $0.etag } ?? ""
        let opening = try await open(CopyLeft(etag: etag, offset: offset))
        guard opening.offset == offset else {
            throw CallError(.conflict, "\(node):\(path) changed while it was copied", retryable: false)
        }
    }

    func next() async throws -> ByteBuffer? {
        do { return try await state.withLock { $0.stream }?.nextBytes() } catch {
            throw CallError(error)
        }
    }
}

/// A place on a node that files come to.
final class RemoteCopyTarget: CopyTarget {
    private let node: String
    private let path: String
    private let manner: Destination.Manner
    private let connector: HubConnector
    private let deadline: Deadline
    private let stream = Mutex<SessionStream?>(nil)

    init(
        _ node: String, path: String, _ manner: Destination.Manner, _ connector: HubConnector, until deadline: Deadline
    ) {
        self.node = node
        self.path = path
        self.manner = manner
        self.connector = connector
        self.deadline = deadline
    }

    /// The node tells when it knows the archive.
    func left() async throws -> CopyLeft? { nil }

    func open(_ archive: CopyArchive) async throws -> (path: String, offset: Int64) {
        let connection = try await connector.connection(until: deadline)
        let input = HostCopyInInput(
            path: path, parents: manner.makesFolders ? true : nil, into: manner.into ? true : nil, archive: archive)
        let (output, stream) = try await connection.calls.session(
            HostOperations.copyIn, input, .init(node: .named(node), deadlineMs: deadline.callMs))
        guard 0...archive.bytes ~= output.offset else { throw nonsense(node) }
        self.stream.withLock { $0 = stream }
        return (output.path, output.offset)
    }

    func write(_ bytes: ByteBuffer) async throws {
        do { try await stream.withLock { $0 }?.sendRaw(bytes) } catch {
            throw CallError(error)
        }
    }

    func finish() async throws {
        guard let stream = stream.withLock({ $0 }) else { return }
        stream.finish()
        do { while try await stream.nextBytes() != nil {} } catch {
            throw CallError(error)
        }
    }

    func stop(_ error: any Error) async {
        stream.withLock { $0.take() }?.reset(.aborted, "the copy was cut off")
    }
}

private func nonsense(_ node: String) -> CallError {
    CallError(.internalError, "\(node) answers with places that are none of the archive")
}

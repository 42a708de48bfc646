/// The binary form in which a spec travels through the supervisor's stdin, never by argv or disk.
///
/// `"CPSV"`, version u8 (2), length u32 of what follows; then argv and environment ("NAME=value"), each as a count
/// u32 and texts; working directory as u8 (0 none, 1 given) and text; time limit (0 none), log limit and kill grace
/// as u64; input as bytes; the path of the control group as text, empty for none; a user as u8 (0 none, 1 given), name,
/// number, primary group, count u32 and as many groups, all u32; a session as u8 (0 none, 1 on pipes, 2 on a terminal, 3 on a raw one),
/// u8 (1: it outlives its callers), about as bytes, and the terminal's columns, rows, width and height as u16. Texts and bytes are a length u32 and so many bytes. Integers are big-endian.
extension SupervisorSpec {
    /// The largest encoded spec in bytes, the head included.
    package static let largest = 8 << 20
    /// The bytes of the head: magic, version, length.
    static let headLength = 9
    private static let magic: [UInt8] = [0x43, 0x50, 0x53, 0x56, 2]

    /// The encoded form. Throws `tooLarge`.
    package func encoded() throws(SupervisorSpecError) -> [UInt8] {
        var body = ByteWriter()
        body.texts(process.arguments)
        body.texts(process.environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value })
        body.integer(UInt8(process.workingDirectory == nil ? 0 : 1))
        body.bytes(Array((process.workingDirectory ?? "").utf8))
        body.integer(timeLimitMs ?? 0)
        body.integer(logLimitBytes)
        body.integer(killGraceMs)
        body.bytes(input)
        body.bytes(Array((group?.path ?? "").utf8))
        body.account(account)
        body.session(session)
        guard body.all.count + Self.headLength <= Self.largest else {
            throw SupervisorSpecError.tooLarge(body.all.count)
        }
        var head = ByteWriter()
        head.all = Self.magic
        head.integer(UInt32(body.all.count))
        return head.all + body.all
    }

    /// The length of the body that a head announces. Throws `malformed`.
    static func bodyLength(head: [UInt8]) throws(SupervisorSpecError) -> Int {
        guard head.count == headLength, head.starts(with: magic) else { throw SupervisorSpecError.malformed }
        let length = head[5...].reduce(0) { $0 << 8 | Int($1) }
        guard length + headLength <= largest else { throw SupervisorSpecError.malformed }
        return length
    }

    /// The spec of a body without its head. Throws `malformed` for anything that `encoded` does not make.
    static func decoded(body: [UInt8]) throws(SupervisorSpecError) -> SupervisorSpec {
        var reader = ByteReader(body)
        guard let arguments = reader.texts(), let variables = reader.texts(),
            let hasDirectory = reader.integer(UInt8.self), hasDirectory <= 1, let directory = reader.text(),
            let timeLimit = reader.integer(UInt64.self), let logLimit = reader.integer(UInt64.self),
            let grace = reader.integer(UInt64.self), let input = reader.bytes(),
            let group = reader.text(), let account = reader.account(), let session = reader.session(), reader.isAtEnd
        else { throw SupervisorSpecError.malformed }
        var environment: [String: String] = [:]
        for variable in variables {
            guard let equals = variable.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw SupervisorSpecError.malformed
            }
            environment[String(variable[..<equals])] = String(variable[variable.utf8.index(after: equals)...])
        }
        return SupervisorSpec(
            process: ProcessSpec(
                arguments: arguments, environment: environment,
                workingDirectory: hasDirectory == 1 ? directory : nil),
            timeLimitMs: timeLimit == 0 ? nil : timeLimit, logLimitBytes: logLimit, killGraceMs: grace, input: input,
            group: group.isEmpty ? nil : ControlGroup(group), account: account, session: session)
    }

    /// The spec of a whole encoded form. Throws `malformed`.
    package static func decoded(_ bytes: [UInt8]) throws(SupervisorSpecError) -> SupervisorSpec {
        let length = try bodyLength(head: Array(bytes.prefix(headLength)))
        guard bytes.count == headLength + length else { throw SupervisorSpecError.malformed }
        return try decoded(body: Array(bytes.dropFirst(headLength)))
    }
}

extension ByteWriter {
    fileprivate mutating func account(_ account: Account?) {
        integer(UInt8(account == nil ? 0 : 1))
        guard let account else { return }
        bytes(Array(account.name.utf8))
        integer(account.id)
        integer(account.group)
        integer(UInt32(clamping: account.groups.count))
        for group in account.groups { integer(group) }
    }

    fileprivate mutating func session(_ session: SessionSpec?) {
        guard let session else { return integer(UInt8(0)) }
        integer(UInt8(session.terminal == nil ? 1 : session.isRaw ? 3 : 2))
        integer(UInt8(session.outlives ? 1 : 0))
        bytes(session.about)
        guard let terminal = session.terminal else { return }
        for number in [terminal.columns, terminal.rows, terminal.pixelWidth, terminal.pixelHeight] { integer(number) }
    }
}

extension ByteReader {
    /// A user or, in it, none; nil where it is neither.
    fileprivate mutating func account() -> Account?? {
        switch integer(UInt8.self) {
        case 0: return .some(nil)
        case 1: break
        default: return nil
        }
        guard let name = text(), let id = integer(UInt32.self), let group = integer(UInt32.self),
            let count = integer(UInt32.self), count <= 65_536
        else { return nil }
        var groups: [UInt32] = []
        for _ in 0..<count {
            guard let group = integer(UInt32.self) else { return nil }
            groups.append(group)
        }
        return Account(id: id, group: group, groups: groups, name: name, home: "")
    }

    /// A session or, in it, none; nil where it is neither.
    fileprivate mutating func session() -> SessionSpec?? {
        guard let kind = integer(UInt8.self), kind <= 3 else { return nil }
        guard kind > 0 else { return .some(nil) }
        guard let outlives = integer(UInt8.self), outlives <= 1, let about = bytes() else { return nil }
        guard kind >= 2 else { return SessionSpec(outlives: outlives == 1, about: about) }
        guard let columns = integer(UInt16.self), let rows = integer(UInt16.self), let width = integer(UInt16.self),
            let height = integer(UInt16.self)
        else { return nil }
        let size = TerminalSize(columns: columns, rows: rows, pixelWidth: width, pixelHeight: height)
        return SessionSpec(terminal: size, isRaw: kind == 3, outlives: outlives == 1, about: about)
    }
}

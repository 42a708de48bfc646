/// The binary form in which a spec travels through the supervisor's stdin, never by argv or disk.
///
/// `"CPSV"`, version u8 (1), length u32 of what follows; then argv and environment ("NAME=value"), each as a count
/// u32 and texts; working directory as u8 (0 none, 1 given) and text; time limit (0 none), log limit and kill grace
/// as u64; input as bytes; where there is a control group, its path as text, else nothing. Texts and bytes are a length u32 and so many bytes. Integers are big-endian.
extension SupervisorSpec {
    /// The largest encoded spec in bytes, the head included.
    package static let largest = 8 << 20
    /// The bytes of the head: magic, version, length.
    static let headLength = 9
    private static let magic: [UInt8] = [0x43, 0x50, 0x53, 0x56, 1]

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
        if let group { body.bytes(Array(group.path.utf8)) }
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
            let grace = reader.integer(UInt64.self), let input = reader.bytes()
        else { throw SupervisorSpecError.malformed }
        var group: ControlGroup?
        if !reader.isAtEnd {
            guard let path = reader.text(), reader.isAtEnd else { throw SupervisorSpecError.malformed }
            group = ControlGroup(path)
        }
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
            group: group)
    }

    /// The spec of a whole encoded form. Throws `malformed`.
    package static func decoded(_ bytes: [UInt8]) throws(SupervisorSpecError) -> SupervisorSpec {
        let length = try bodyLength(head: Array(bytes.prefix(headLength)))
        guard bytes.count == headLength + length else { throw SupervisorSpecError.malformed }
        return try decoded(body: Array(bytes.dropFirst(headLength)))
    }
}

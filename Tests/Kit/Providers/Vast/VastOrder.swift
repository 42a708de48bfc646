import CallProtocol

/// The body of a create, checked.
struct VastOrder: Sendable {
    let body: JSONValue
    let offer: Int
    /// Variables, without the entries that open ports.
    private(set) var env: [String: String] = [:]
    /// Inner ports with their protocol, such as `8000/tcp`.
    private(set) var ports: [String] = []

    private static let runtypes: Set<String> = [
        "ssh", "jupyter", "args", "ssh_proxy", "ssh_direct", "jupyter_proxy", "jupyter_direct",
    ]

    init(_ body: JSONValue?, offer: Int, _ settings: VastSettings) throws(VastProblem) {
        guard let body, body.objectValue != nil else {
            throw VastProblem(400, "invalid_args", "error 400: the body is no JSON object", offer: offer)
        }
        (self.body, self.offer) = (body, offer)
        if body["template_hash_id"]?.stringValue == nil, body["image"]?.stringValue?.isEmpty != false {
            throw wrong("there is no image")
        }
        if let runtype = body["runtype"], !Self.runtypes.contains(runtype.stringValue ?? "") {
            throw wrong("no such runtype")
        }
        for key in ["image", "label", "onstart", "args_str", "image_login"] where body[key]?.isNull == false {
            if body[key]?.stringValue == nil { throw wrong("\(key) is no text") }
        }
        if let args = body["args"], !args.isNull, args.arrayValue?.allSatisfy({ $0.stringValue != nil }) != true {
            throw wrong("args is no list of texts")
        }
        if (body["onstart"]?.stringValue?.count ?? 0) > settings.onstartLimit { throw wrong("onstart is too long") }
        if let disk = body["disk"], (disk.doubleValue ?? 0) <= 0 { throw wrong("disk is no size") }
        if let price = body["price"], !price.isNull, !(0.001...128).contains(price.doubleValue ?? 0) {
            throw VastProblem(400, "invalid_price", "error 400: no such price", offer: offer)
        }
        if let state = body["target_state"], state != "running", state != "stopped" { throw wrong("no such state") }
        if body["vm"]?.boolValue == true, !settings.hasSSHKey {
            throw VastProblem(400, "no_ssh_key_for_vm", "error 400: a VM needs an SSH key", offer: offer)
        }
        try readEnv()
        if runtype != "args", !ports.contains("22/tcp") { ports.insert("22/tcp", at: 0) }
        if ports.count > settings.portLimit { throw wrong("too many ports") }
    }

    private func wrong(_ message: String) -> VastProblem {
        VastProblem(400, "invalid_args", "error 400: \(message)", offer: offer)
    }

    /// Ports stand among the variables: in an object as keys, in a text as flags of docker.
    private mutating func readEnv() throws(VastProblem) {
        switch body["env"] {
        case nil, .null: break
        case .object(let members):
            for member in members {
                guard let value = member.value.stringValue else { throw wrong("env has what is no text") }
                if member.key.hasPrefix("-p ") {
                    try open(String(member.key.dropFirst(3)))
                } else {
                    env[member.key] = value
                }
            }
        case .string(let text):
            var words = CommandWords.split(text)[...]
            while let flag = words.popFirst() {
                guard ["-e", "-p"].contains(flag), let value = words.popFirst() else {
                    throw wrong("env has no such flag")
                }
                if flag == "-p" {
                    try open(value)
                } else {
                    let sides = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    env[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
                }
            }
        default: throw wrong("env is neither an object nor a text")
        }
    }

    private mutating func open(_ mapping: String) throws(VastProblem) {
        let sides = mapping.split(separator: "/")
        let type = sides.count > 1 ? String(sides[1]) : "tcp"
        guard let inner = sides.first?.split(separator: ":").last.flatMap({ Int($0) }), (1...131_071).contains(inner),
            ["tcp", "udp"].contains(type), sides.count <= 2
        else { throw wrong("'-p \(mapping)' is no port") }
        ports.append("\(inner)/\(type)")
    }

    /// How it is launched; arguments alone mean that the image's entrypoint is kept.
    var runtype: String {
        if let given = body["runtype"]?.stringValue { return given }
        return body["args"]?.arrayValue != nil || body["args_str"]?.stringValue != nil ? "args" : "ssh"
    }

    /// What runs inside: the arguments, or the script after the provider's own entrypoint.
    var command: [String] {
        guard runtype == "args" else { return body["onstart"]?.stringValue.map { ["bash", "-c", $0] } ?? [] }
        return body["args"]?.arrayValue?.compactMap(\.stringValue)
            ?? CommandWords.split(body["args_str"]?.stringValue ?? "")
    }

    var disk: Double { body["disk"]?.doubleValue ?? 8 }
    var bid: Double? { body["price"]?.doubleValue }
    var isWantedStopped: Bool { body["target_state"] == "stopped" }
    /// Whether nothing shall be created when it cannot begin at once. Only interruptibles and what begins stopped wait.
    var isCancelledWhenTaken: Bool { body["cancel_unavail"]?.boolValue ?? (bid == nil && !isWantedStopped) }
}

import ArgumentParser
import CallProtocol
import NIOCore
import Operations

/// `capstan call`
struct Call: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call any operation: JSON in, JSON out.",
        discussion: .flowing(
            """
            A subscription gives one value a line until it ends. capstan operations shows what there is.

            Example:
              capstan call node/list
              capstan call host/facts --node gpu-1
              capstan call workload/submit '{"cmd":["true"]}' --idempotency-key nightly-7
              capstan call event/watch '{"follow":true}'
            """))

    @Argument(
        help: "The operation, as in workload/show.",
        completion: .shellCommand("capstan operations --quiet 2>/dev/null"))
    var operation: String

    @Argument(help: "Its input as JSON; - reads it from stdin, @FILE from a file.") var input = "{}"

    @Option(help: "The node to call it on; left out, the hub.", completion: .nodes) var node: String?

    @Option(help: "Makes a repeated mutation take effect once, for 24 hours.") var idempotencyKey: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if idempotencyKey?.isEmpty == true {
            throw Failure.misuse("--idempotency-key is empty; leave it out, or give one")
        }
        let text = try await InputText.resolve(input, limit: Envelope.maximumLength / 2)
        let input: RawJSON
        do throws(JSONParseError) {
            input = try RawJSON(validating: ByteBuffer(string: text))
        } catch {
            throw Failure.misuse("the input is no JSON: \(error)")
        }
        let name = operation.hasPrefix("/") ? String(operation.dropFirst()) : operation
        let connector = try await connector()
        try await call(name, input, connector)
        await connector.close()
    }

    private func call(_ name: String, _ input: RawJSON, _ connector: HubConnector) async throws {
        let deadline = Deadline(in: global.wait)
        // Only its kind tells whether more answers may follow the first one.
        let shown = try await connector.ask(
            OperationOperations.show, OperationRef(name: name), node: node, until: deadline)
        let kind = try shown.operation.value()["kind"]?.stringValue ?? ""
        var pause = RetryPause()
        while true {
            let connection = try await connector.connection(until: deadline)
            let options = CallClient.Options(
                node: node.map { .named($0) }, deadlineMs: deadline.callMs, idempotencyKey: idempotencyKey)
            do {
                switch OperationKind(rawValue: kind) {
                case .session:
                    throw Failure(
                        .invalidOperationKind, "\(name) is a session", advice: "capstan exec runs programs")
                case .subscription:
                    let answers = try connection.calls.start(name, input: input, options)
                    while let output = try await answers.nextRaw() { try await show(output) }
                default: try await show(try await connection.calls.call(name, input: input, options))
                }
                return
            } catch let error as CallError {
                // A subscription, and a mutation without a key, may have had their effect already.
                let mayRepeat = kind == OperationKind.query.rawValue || idempotencyKey != nil
                let isLoss = connection.isLoss(error)
                guard isLoss, mayRepeat, try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    /// There is no table of what anyone may define: for people it is JSON too.
    private func show(_ output: RawJSON) async throws {
        let printer = global.printer
        let value = try output.value()
        try await printer.element(value) { printer.isIndented ? value.pretty() : value.description }
    }
}

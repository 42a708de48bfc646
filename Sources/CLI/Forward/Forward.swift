import ArgumentParser
import CallProtocol
import Link
import NIOPosix
import Operations

/// `capstan forward`
struct Forward: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward", abstract: "Listen here, and connect from a node: as ssh -L does.",
        discussion: .flowing(
            """
            Connections to PORT here come out at the node and go on to HOST:PORT, which the node looks up. Any number at \
            once, until Ctrl-C. PORT alone, or PORT:PORT, means the node itself. It listens on 127.0.0.1 unless BIND says \
            otherwise; port 0 picks a free one.

            When the link is lost the connections are reset; new ones go over a new link.

            Example:
              capstan forward gpu-1 8888
              capstan forward gpu-1 5432:db.internal:5432 6379:cache.internal:6379
              capstan forward gpu-1 0.0.0.0:8080:127.0.0.1:80
            """))

    @Argument(help: "The node: its id, name, or a unique beginning of its id.", completion: .nodes) var node: String
    @Argument(help: ArgumentHelp("What to listen on and where to connect to.", valueName: "[bind:]port:host:port"))
    var rules: [String]
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let rules = try rules.map { try ForwardRule($0) }
        let context = global.context
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let links = ForwardLinks { try HubConnector.chosen(context, group: group) }
        let printer = global.printer
        let interrupts = try Interrupts()
        let work = Task {
            let listeners = rules.map { rule in
                ForwardListener(rule, to: node, over: links) { trouble in
                    printer.notice("\(node): " + (trouble ?? "connections to \(rule.target) come through again"))
                }
            }
            defer { for listener in listeners { listener.close() } }
            for listener in listeners { try await listener.probe(within: global.wait) }
            for listener in listeners { try await announce(try await listener.open(on: group), listener.rule, printer) }
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        }
        let guardian = Task {
            for await _ in interrupts.wishes { work.cancel() }
        }
        defer { guardian.cancel() }
        do { try await work.value } catch is CancellationError {}
        await links.close()
    }

    private func announce(_ place: HostPort, _ rule: ForwardRule, _ printer: Printer) async throws {
        guard printer.format == .table else {
            return try await printer.element([
                "msg": "forward_ready", "listen": .string(place.description), "node": .string(node),
                "target": .string(rule.target.description),
            ]) { "" }
        }
        printer.notice("\(place) leads to \(rule.target) by \(node); Ctrl-C ends it")
    }
}

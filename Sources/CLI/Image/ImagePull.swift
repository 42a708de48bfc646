import ArgumentParser
import CallProtocol
import Glibc
import Operations

/// `capstan image pull`
struct ImagePull: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Fetch an image from its registry.",
        discussion: .flowing(
            """
            Credentials are for this one pull; neither the hub nor the node keeps them.

            Example:
              capstan image pull --node gpu-1 nginx:1.27
              capstan image pull --node one --registry-user me \\
                --registry-password-stdin ghcr.io/me/app < token
            """))

    @Argument(help: "The image.") var image: String
    @Option(help: "The node.", completion: .nodes) var node: String
    @Option(help: ArgumentHelp("For another machine than the node's: linux/arm64.", valueName: "os/arch"))
    var platform: String?
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let input = ImagePullInput(image: image, platform: platform, auth: try await registry.auth())
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let calls = try await connector.connection(until: deadline).calls
        let progress = try calls.subscribe(
            ImageOperations.pull, input, .init(node: .named(node), deadlineMs: deadline.callMs))
        let printer = global.printer
        var board = PullBoard(isTerminal: isatty(2) == 1 && !printer.isQuiet)
        var id: String?
        while let step = try await progress.next() {
            id = step.image ?? id
            if printer.format != .table {
                try await printer.element(try JSONCoding.value(of: step)) { "" }
            } else if step.image == nil {
                let text = board.take(step)
                if !printer.isQuiet { StandardError.write(text) }
            }
        }
        await connector.close()
        guard let id else { throw CallError(.internalError, "the pull ended without an image") }
        if printer.format == .table { try await printer.text(id + "\n") }
    }
}

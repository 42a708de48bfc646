import ArgumentParser
import CallProtocol
import Operations

/// `capstan container create`
struct ContainerCreate: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a container and start it.",
        discussion: .flowing(
            """
            The image is pulled when the node has none; --pull always fetches it anew. What is made belongs to you.
            It prints the container's id.

            A bind mount gives the container what the machine has at that path, with the engine's rights: who may create
            containers may do on the node what its engine may.

            Example:
              capstan container create --node gpu-1 --name web -p 8080:80 nginx:1.27
              capstan container create --node gpu-1 --restart always --memory 2G redis
              capstan container create --node one --mount source=/srv,target=/d busybox
            """))

    @Argument(help: "The image.", completion: .images) var image: String
    @Option(help: "The node.", completion: .nodes) var node: String
    @Option(help: "A name; left out, the engine makes one up.") var name: String?
    @Option(
        name: .customLong("env"), help: ArgumentHelp("A variable; repeatable.", valueName: "name=value"))
    var environment: [String] = []
    @Option(name: .customLong("label"), help: ArgumentHelp("A label; repeatable.", valueName: "key=value"))
    var labels: [String] = []
    @OptionGroup var shape: ContainerShapeOptions
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Pass a port of the node on; repeatable.", valueName: "[address:][port:]port[/udp]"))
    var publish: [String] = []
    @Option(help: "When it is started again by itself: no, on-failure, always, unless-stopped.")
    var restart: ContainerRestart?
    @Option(help: "bridge, host, none, or a network of the engine.") var network: String?
    @Option(help: "Another first program than the image's.") var entrypoint: String?
    @Flag(name: .customLong("init"), help: "A small first process reaps what the program leaves.") var wantsInit = false
    @OptionGroup var fetching: ImageFetchOptions
    @Flag(name: .customLong("no-start"), help: "Make it only.") var noStart = false
    @Argument(parsing: .postTerminator, help: "The program and its arguments, after --; else the image's.")
    var command: [String] = []
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var spec = ContainerSpec(image: image)
        spec.cmd = command.isEmpty ? nil : command
        spec.name = name
        spec.env = environment.isEmpty ? nil : try EnvironmentArgument.parse(environment)
        spec.labels = labels.isEmpty ? nil : try EnvironmentArgument.parse(labels, as: "label")
        try shape.apply(to: &spec)
        spec.ports = publish.isEmpty ? nil : try publish.map { try ContainerPort(argument: $0) }
        spec.restart = restart
        spec.network = network
        spec.entrypoint = entrypoint.map { [$0] }
        spec.`init` = wantsInit ? true : nil
        spec.pull = fetching.pull
        spec.registryAuth = try await fetching.auth()
        spec.start = noStart ? false : nil
        let made = try await ask(ContainerOperations.create, spec, node: node)
        let printer = global.printer
        for warning in made.warnings { printer.notice(warning) }
        try await printer.value(["id": .string(made.id), "name": .string(made.name)]) { made.id + "\n" }
    }
}

extension ContainerRestart: ExpressibleByArgument {}
extension ImagePullPolicy: ExpressibleByArgument {}

import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan pool set`
struct PoolSet: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Keep so many machines ready; the cheapest that fit.",
        discussion: .flowing(
            """
            A pool of that name is changed; machines that it has already stay as they are. Its nodes bear the label
            pool=NAME, and workloads without it may run there too. With --count 0 none is kept.

            Example:
              capstan pool set fast --count 2 --gpu-model 4090 --max-price 0.50
              capstan pool set fast --count 0 --gpu-model 4090
            """))

    @Argument(help: "Its name.") var name: String
    @Option(help: "How many machines with nothing to do.") var count: Int
    @OptionGroup var wish: OfferOptions
    @Option(help: "The container image they begin with; any that has a shell.") var image: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var input = PoolInput(name: name, count: count)
        (input.wish, input.image) = (wish.input, image)
        let pool = try await ask(PoolOperations.set, input)
        try await global.printer.value(try JSONCoding.value(of: pool)) {
            "\(pool.count) kept ready in \(pool.name): \(pool.ready) ready, \(pool.coming) coming, \(pool.busy) at work\n"
        }
    }
}

import ArgumentParser
import CallProtocol
import Operations

/// `capstan instance reconcile`
struct InstanceReconcile: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Ask the providers now what is there, and act on it.",
        discussion: .flowing(
            """
            The hub does so by itself every minute. An account in which suddenly nothing is left is not believed: a
            provider whose listing broke looks just like that. If it is so, --confirm-empty says it.

            Example:
              capstan instance reconcile
              capstan instance reconcile runpod --confirm-empty
            """))

    @Argument(help: "Only this provider.") var provider: String?
    @Flag(help: "It is true that nothing is there.") var confirmEmpty = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if confirmEmpty, provider == nil { throw Failure.misuse("--confirm-empty goes with a provider's name") }
        var input = InstanceReconcileInput()
        (input.provider, input.confirmEmpty) = (provider, confirmEmpty ? true : nil)
        let accounts = try await ask(InstanceOperations.reconcile, input).accounts
        let printer = global.printer
        try await printer.list(
            try accounts.map { try JSONCoding.value(of: $0) }, names: accounts.map(\.provider),
            empty: "no provider that machines are rented from: capstan provider import"
        ) {
            Table(
                [.init("PROVIDER"), .init("LISTED"), .init("DOUBT")],
                rows: accounts.map { account in
                    [
                        .init(account.provider), .init(account.listedAt.flatMap { printer.ago($0) } ?? "-"),
                        .init(account.doubt ?? "-", account.doubt == nil ? .plain : .doubtful),
                    ]
                })
        }
        if accounts.contains(where: { $0.doubt != nil }) {
            throw Failure(.unavailable, "not every account could be listed")
        }
    }
}

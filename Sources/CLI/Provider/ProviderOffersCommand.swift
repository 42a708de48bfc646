import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan provider offers`
struct ProviderOffersCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "offers", abstract: "What machines the providers rent out, the cheapest first.",
        discussion: .flowing(
            """
            The providers are asked now. One that does not answer is told on stderr, and the others count. What a provider
            does not say of an offer, such as the processors beside a GPU, is shown as `-` and does not count against it.

            Example:
              capstan provider offers --gpu-model A100 --max-price 1.50
              capstan provider offers --gpus 2 --vram 24GB --region SE --provider vast
              capstan provider offers --cpus 4 --memory 8G
            """))

    @OptionGroup var wish: OfferOptions
    @Option(help: "Offers that are shown, at most.") var limit: Int?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var input = ProviderOffersInput()
        (input.wish, input.limit) = (wish.input, limit)
        let found = try await ask(ProviderOperations.offers, input)
        for listing in found.providers { Self.tell(listing) }
        if !found.providers.isEmpty, found.providers.allSatisfy({ $0.fault != nil }) {
            throw Failure(.unavailable, "what is rented out now is not known")
        }
        let hidden = found.providers.reduce(0) { $0 + $1.offers } - found.offers.count
        try await global.printer.list(
            try found.offers.map { try JSONCoding.value(of: $0) }, names: found.offers.map(\.id),
            empty: found.providers.isEmpty
                ? "no provider that machines are rented from: capstan provider import"
                : "nothing that fits is rented out now"
        ) { Self.table(found.offers) }
        if hidden > 0, global.printer.format == .table {
            StandardError.write("capstan: \(hidden) more fit; --limit shows more\n")
        }
    }

    /// What there is to know of how a provider answered.
    private static func tell(_ listing: ProviderListing) {
        var words: [String] = []
        if let fault = listing.fault { words.append("did not list its offers: \(CellText.line(fault))") }
        if listing.partial == true { words.append("shows its cheapest offers only, and may have more that fit") }
        if let count = listing.unreadable { words.append("has \(count) offers that could not be read") }
        for line in words { StandardError.write("capstan: \(listing.name) \(line)\n") }
    }

    private static func table(_ offers: [OfferView]) -> Table {
        Table(
            [
                .init("PRICE/H", isNumber: true), .init("PROVIDER"), .init("GPUS", isNumber: true), .init("MODEL"),
                .init("VRAM", isNumber: true), .init("CPUS", isNumber: true), .init("MEMORY", isNumber: true),
                .init("REGION"), .init("AVAILABLE"), .init("OFFER"),
            ],
            rows: offers.map { offer in
                let tone: Tone = offer.availability == "low" ? .doubtful : .plain
                return [
                    .init(MoneyText.string(offer.price, offer.currency)), .init(offer.provider), .init("\(offer.gpus)"),
                    .init(offer.gpuModel ?? "-"), .init(offer.vram.map { ByteSize.string($0) } ?? "-"),
                    .init(offer.cpus.map(number) ?? "-"), .init(offer.memory.map { ByteSize.string($0) } ?? "-"),
                    .init(offer.region ?? "-"), .init(offer.availability + (offer.spot ? ", spot" : ""), tone),
                    .init(offer.id),
                ]
            })
    }

    private static func number(_ number: Double) -> String {
        number == number.rounded() ? "\(Int64(number))" : "\((number * 10).rounded() / 10)"
    }
}

import ArgumentParser
import Formats
import Operations

/// What a machine to be rented must have.
struct OfferOptions: ParsableArguments {
    @Option(help: "Only this provider's.") var provider: String?
    @Option(help: "GPUs; 1 where a model or --vram is asked for, else none.") var gpus: Int?
    @Option(help: ArgumentHelp("Words of the GPU's model: A100, \"rtx 4090\".", valueName: "model")) var gpuModel:
        String?
    @Option(help: ArgumentHelp("Memory of one GPU.", valueName: "size"), transform: { try ByteSize.parse($0) })
    var vram: Int64?
    @Option(help: "Processors.") var cpus: Double?
    @Option(help: ArgumentHelp("Memory.", valueName: "size"), transform: { try ByteSize.parse($0) }) var memory: Int64?
    @Option(
        help: ArgumentHelp("Disk that is rented with it; 20G where nothing is said.", valueName: "size"),
        transform: { try ByteSize.parse($0) })
    var disk: Int64?
    @Option(help: ArgumentHelp("For an hour, at most.", valueName: "price")) var maxPrice: Double?
    @Option(help: "A region or its beginning, or a country's letters: EU, US-KS-2, SE.") var region: String?
    @Flag(help: "Those too that the provider takes back when it likes.") var spot = false

    var input: OfferWish {
        var input = OfferWish()
        (input.provider, input.gpus, input.gpuModel, input.vram) = (provider, gpus, gpuModel, vram)
        (input.cpus, input.memory, input.disk) = (cpus, memory, disk)
        (input.maxPrice, input.region, input.spot) = (maxPrice, region, spot ? true : nil)
        return input
    }
}

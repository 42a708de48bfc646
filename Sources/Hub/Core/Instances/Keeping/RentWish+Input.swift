package import Market
package import Operations

extension RentWish {
    /// What was asked for: one GPU where a model or a GPU's memory is, and none where nothing is said of GPUs.
    package init(_ input: OfferWish) {
        self.init()
        (gpus, gpuModel, vram) = (
            input.gpus ?? (input.gpuModel == nil && input.vram == nil ? 0 : 1), input.gpuModel, input.vram
        )
        (cpus, memory, disk) = (input.cpus, input.memory, input.disk ?? disk)
        (maxPrice, region, spot) = (input.maxPrice, input.region, input.spot ?? false)
    }
}

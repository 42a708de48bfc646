/// One kind of measurement; it gives one row or several that belong together.
protocol Benchmark: Sendable {
    /// What ONLY= names.
    var name: String { get }

    func run(_ workshop: Workshop) throws -> [Row]
}

extension Benchmark {
    /// Takes the two sides in turn, A B A B, after one of each that does not count.
    func alternate<Sample>(
        _ count: Int, ours: () throws -> Sample, peer: () throws -> Sample
    ) rethrows -> (ours: [Sample], peer: [Sample]) {
        _ = (try ours(), try peer())
        var samples: (ours: [Sample], peer: [Sample]) = ([], [])
        for _ in 0..<count {
            samples.ours.append(try ours())
            samples.peer.append(try peer())
        }
        return samples
    }
}

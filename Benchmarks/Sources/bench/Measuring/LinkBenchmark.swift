/// Bulk bytes from a hub to a spoke over the real link, with one stream and with eight, beside a bare NIOSSL pipe with
/// writes of the same size: how fast, and what it costs both processes together.
struct LinkBenchmark: Benchmark {
    let name = "link"
    /// Of one sample.
    private let bytes = 3 << 30
    private let pairs = 5

    private struct Sample {
        var gigabytesPerSecond: Double
        /// Of both processes.
        var cpuSecondsPerGigabyte: Double
    }

    private struct Pair {
        var source: Child
        var sink: Child
    }

    func run(_ workshop: Workshop) throws -> [Row] {
        let hub = try Child([workshop.load, "hub-bulk"])
        let place = try hub.line().split(separator: " ").map(String.init)
        let ours = Pair(source: hub, sink: try Child([workshop.load, "spoke-bulk"] + place))
        let certificate = try workshop.selfSigned("pipe")
        let source = try Child([workshop.load, "pipe-source", certificate.certificate, certificate.key])
        let peer = Pair(source: source, sink: try Child([workshop.load, "pipe-sink", try source.line()]))
        defer { for child in [ours.sink, ours.source, peer.sink, peer.source] { child.stop() } }
        try ours.source.line(with: "ready")
        try peer.source.line(with: "ready")
        return try [(1, "link"), (8, "link/8")].flatMap { streams, name in
            let samples = try alternate(
                pairs, ours: { try load(ours, streams) }, peer: { try load(peer, streams) })
            func row(_ name: String, _ unit: String, _ field: KeyPath<Sample, Double>) -> Row {
                Row(
                    name, ours: samples.ours.map { $0[keyPath: field] }, peer: samples.peer.map { $0[keyPath: field] },
                    unit: unit)
            }
            return [
                row(name, "GB/s", \.gigabytesPerSecond), row(name + "/cpu", "cpu s/GB", \.cpuSecondsPerGigabyte),
            ]
        }
    }

    private func load(_ pair: Pair, _ streams: Int) throws -> Sample {
        let before = try ProcessTime.seconds(of: pair.source.pid) + ProcessTime.seconds(of: pair.sink.pid)
        pair.source.send("\(streams) \(bytes)")
        guard let nanoseconds = Double(try pair.source.line()) else { throw BenchFailure("a load gave no figures") }
        let after = try ProcessTime.seconds(of: pair.source.pid) + ProcessTime.seconds(of: pair.sink.pid)
        let gigabytes = Double(bytes) / 1e9
        return Sample(
            gigabytesPerSecond: gigabytes / (nanoseconds / 1e9), cpuSecondsPerGigabyte: (after - before) / gigabytes)
    }
}

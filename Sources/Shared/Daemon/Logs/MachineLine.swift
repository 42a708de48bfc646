/// The announcements that scripts read on stdout: one JSON object a line, first `msg`, e.g.
/// `{"msg":"hub_started","link":"127.0.0.1:7443"}`. Nothing is buffered, and a stdout that is closed is no error.
package struct MachineLine: Sendable {
    private let sink: any LineSink

    /// Announcements on stdout.
    package init() {
        sink = DescriptorSink(descriptor: 1)
    }

    /// Announcements to `sink`; a test listens in.
    package init(sink: any LineSink) {
        self.sink = sink
    }

    /// Writes one line; the fields keep their order.
    /// - Returns: false when nobody could take it.
    @discardableResult
    package func announce(_ message: String, _ fields: KeyValuePairs<String, LineValue> = [:]) -> Bool {
        var line = JSONLine()
        line.add("msg", .string(message))
        for (key, value) in fields { line.add(key, value) }
        return sink.write(line.finish())
    }
}

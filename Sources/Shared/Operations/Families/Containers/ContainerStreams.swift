/// A line that a container has written, or a part of one.
package struct ContainerLogEntry: Described, Hashable {
    package enum Stream: String, Codable, Sendable, CaseIterable { case stdout, stderr }

    package var stream: Stream
    /// When the engine read it; nil for a container with a terminal.
    package var timestamp: String?
    /// The line without its newline, where it is UTF-8.
    package var text: String?
    /// The same in base64, where it is not.
    package var base64: String?
    /// The line goes on in the next entry of this stream, or ended without a newline.
    package var partial: Bool?

    package init(stream: Stream, timestamp: String?, text: String?, base64: String?, partial: Bool?) {
        self.stream = stream
        self.timestamp = timestamp
        self.text = text
        self.base64 = base64
        self.partial = partial
    }

    package static let schema = JSONSchema.object(
        [
            "stream": .enumeration(Stream.self), "timestamp": .timestamp, "text": .string(), "base64": .string(),
            "partial": .boolean,
        ], required: ["stream"])
}

/// A piece of a program's output as it came, and at last how the program ended.
package struct ContainerExecOutput: Described, Hashable {
    package var stream: ContainerLogEntry.Stream?
    /// Where the piece is UTF-8.
    package var text: String?
    /// Where it is not.
    package var base64: String?
    package var exitCode: Int?
    package var terminal: Bool?

    package init(stream: ContainerLogEntry.Stream, text: String?, base64: String?) {
        self.stream = stream
        self.text = text
        self.base64 = base64
    }

    package init(exitCode: Int) {
        self.exitCode = exitCode
        terminal = true
    }

    package static let schema = JSONSchema.object(
        [
            "stream": .enumeration(ContainerLogEntry.Stream.self), "text": .string(), "base64": .string(),
            "exitCode": .integer(), "terminal": .boolean,
        ], required: [])
}

/// What a container uses, as the engine's own client computes it.
package struct ContainerStats: Described, Hashable {
    package var timestamp: String
    /// 100 for one processor in full use.
    package var cpuPercent: Double
    /// Without what the kernel could drop of the page cache.
    package var memoryUsed: Int64
    package var memoryLimit: Int64?
    package var networkReceived: Int64
    package var networkSent: Int64
    package var blockRead: Int64
    package var blockWritten: Int64
    package var processes: Int?

    package init(
        timestamp: String, cpuPercent: Double, memoryUsed: Int64, memoryLimit: Int64?, networkReceived: Int64,
        networkSent: Int64, blockRead: Int64, blockWritten: Int64, processes: Int?
    ) {
        self.timestamp = timestamp
        self.cpuPercent = cpuPercent
        self.memoryUsed = memoryUsed
        self.memoryLimit = memoryLimit
        self.networkReceived = networkReceived
        self.networkSent = networkSent
        self.blockRead = blockRead
        self.blockWritten = blockWritten
        self.processes = processes
    }

    package static let schema = JSONSchema.object(
        [
            "timestamp": .timestamp, "cpuPercent": .number(minimum: 0), "memoryUsed": .bytes, "memoryLimit": .bytes,
            "networkReceived": .bytes, "networkSent": .bytes, "blockRead": .bytes, "blockWritten": .bytes,
            "processes": .integer(minimum: 0),
        ],
        required: [
            "timestamp", "cpuPercent", "memoryUsed", "networkReceived", "networkSent", "blockRead", "blockWritten",
        ])
}

/// Something that happened in the engine.
package struct ContainerEvent: Described, Hashable {
    /// To be given as `since` to go on behind it.
    package var cursor: String
    package var timestamp: String
    /// `container`, `image`, `network`, `volume`, ...; `engine` for what the node itself says.
    package var type: String
    /// `create`, `start`, `die`, ...; of the engine `away`, `back`.
    package var action: String
    package var id: String
    package var attributes: [String: String]

    package init(
        cursor: String, timestamp: String, type: String, action: String, id: String, attributes: [String: String]
    ) {
        self.cursor = cursor
        self.timestamp = timestamp
        self.type = type
        self.action = action
        self.id = id
        self.attributes = attributes
    }

    package static let schema = JSONSchema.object(
        [
            "cursor": .string(), "timestamp": .timestamp, "type": .string(), "action": .string(), "id": .string(),
            "attributes": .map(of: .string()),
        ], required: ["cursor", "timestamp", "type", "action", "id", "attributes"])
}

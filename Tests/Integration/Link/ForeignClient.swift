import Foundation
import TestKit

/// `openssl` as a client that is not ours.
struct ForeignClient: Sendable {
    static let path = "/usr/bin/openssl"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// Where keys and certificates lie.
    let folder: URL

    static func with(_ body: (ForeignClient) async throws -> Void) async throws {
        try await withFolder { folder in try await body(ForeignClient(folder: URL(fileURLWithPath: folder))) }
    }

    /// Makes `NAME.key` and `NAME.pem`, self-signed or signed by another that was made before.
    func make(_ name: String, _ algorithm: [String], signedBy issuer: String? = nil) async throws {
        let signer = issuer.map { ["-CA", "\($0).pem", "-CAkey", "\($0).key"] } ?? []
        let result = try await run(
            ["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=x", "-keyout", "\(name).key", "-out", "\(name).pem"]
                + algorithm + signer)
        guard result.status == 0 else { throw Failure(text: result.output) }
    }

    static let p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    static let p384 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]
    static let rsa = ["-newkey", "rsa:2048"]

    struct Failure: Error { var text: String }

    /// Connects, says `input` and reads until the other side closes.
    func connect(_ port: Int, _ arguments: [String], input: [UInt8] = []) async throws -> (
        status: Int32, output: String
    ) {
        try await run(
            ["s_client", "-connect", "127.0.0.1:\(port)", "-ign_eof", "-alpn", "capstan-link/1"] + arguments,
            input: input)
    }

    private func run(_ arguments: [String], input: [UInt8] = []) async throws -> (status: Int32, output: String) {
        let (folder, path) = (folder, Self.path)
        return try await blocking {
            // In files, so that neither side ever waits for the other to read.
            let name = UUID().uuidString
            let (said, heard) = (
                folder.appendingPathComponent("\(name).in"), folder.appendingPathComponent("\(name).out")
            )
            try Data(input).write(to: said)
            try Data().write(to: heard)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
            process.currentDirectoryURL = folder
            process.standardInput = try FileHandle(forReadingFrom: said)
            let output = try FileHandle(forWritingTo: heard)
            process.standardOutput = output
            process.standardError = output
            try process.run()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: try Data(contentsOf: heard), as: UTF8.self))
        }
    }
}

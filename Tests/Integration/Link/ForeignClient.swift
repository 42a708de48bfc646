import Foundation
import Synchronization
import TestKit

/// `openssl` as a client that is not ours.
struct ForeignClient: Sendable {
    static let path = "/usr/bin/openssl"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// Where keys and certificates lie.
    let folder: URL

    static func with(_ body: (ForeignClient) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("capstan-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(ForeignClient(folder: folder))
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stdout
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
                try stdin.fileHandleForWriting.write(contentsOf: Data(input))
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        return (status, String(decoding: output, as: UTF8.self))
    }
}

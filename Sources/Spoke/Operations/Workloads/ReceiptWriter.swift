import CallProtocol
import Formats
import NIOCore
import Operations
import Processes

/// Makes the node's half of a receipt.
struct ReceiptWriter: Sendable {
    let configuration: SpokeConfiguration

    /// The receipt's JSON.
    /// - Throws: what signing throws.
    func receipt(
        _ row: AttemptRow, _ outcome: AttemptOutcome, _ output: OutputDigest, _ record: ExitRecord?
    ) throws -> String {
        let signer = configuration.signer()
        let command = (try? row.workloadSpec())?.cmd ?? []
        let statement = NodeStatement(
            workload: row.workload, attempt: row.id, generation: row.generation, node: signer.fingerprint,
            commandHash: Bytes.sha256(JSONValue.array(command.map { .string($0) }).canonicalBytes()),
            // As in the exit chunk: -1 is an end whose code nobody knows.
            exitCode: outcome.exitCode ?? -1, signal: outcome.signal, reason: outcome.reason,
            startedAt: RFC3339.string(outcome.startedAt ?? outcome.endedAt),
            endedAt: RFC3339.string(outcome.endedAt), outputHash: output.hash,
            outputBytes: output.bytes, logTruncated: outcome.logTruncated,
            userTimeUs: Int64(clamping: record?.utimeUs ?? 0), systemTimeUs: Int64(clamping: record?.stimeUs ?? 0),
            maxMemory: Int64(clamping: record?.maxRssBytes ?? 0))
        let payload = Array(try JSONCoding.encode(statement).buffer.readableBytesView)
        let signature = Receipt.Signature(
            by: .node, spki: Bytes.base64(signer.spki), sig: Bytes.base64(try signer.sign(payload)))
        return try JSONCoding.encode(Receipt(payload: Bytes.base64(payload), signatures: [signature])).description
    }
}

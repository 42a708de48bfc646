import CallProtocol
import NIOCore

extension ByteBuffer {
    /// Appends the control chunk that tells how much of its input a program's side has taken, in all. Written as it is: there is one
    /// for each key that is typed.
    mutating func writeAcknowledgement(_ total: Int64) {
        var json = ByteBuffer()
        json.writeStaticString("{\"type\":\"ack\",\"stdin\":")
        json.writeString(String(total))
        json.writeStaticString("}")
        writeChunk(.control, json)
    }
}

/// What every call of every product carries, there and back: about 200 bytes of JSON.
package enum Payload {
    package static let text = """
        {"id":"01JD7Z8Q4M6W2X9N5T3R0V1K7B","node":"gpu-17","at":1763690400123,"attempt":3,"load":0.42,\
        "labels":["zone=b","disk=ssd","gpu=true"],"note":"epoch 12 of 40, loss 0.1834, 27 min left"}
        """

    package static let bytes = Array(text.utf8)
}

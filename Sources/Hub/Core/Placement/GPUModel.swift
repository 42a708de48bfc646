extension Placement {
    /// How a wanted GPU model is compared with what a driver calls the device.
    package enum GPUModel {
        /// True when the words of `wanted` stand next to each other, in order, among the words of `actual`, ignoring
        /// case. Words are runs of ASCII letters and digits, so that `A10` is not met by an A100 and `rtx 4090` is met
        /// by `NVIDIA GeForce RTX 4090`. Nothing wanted is met by anything.
        package static func matches(wanted: String, actual: String?) -> Bool {
            let wantedWords = words(wanted)
            guard !wantedWords.isEmpty else { return true }
            let actualWords = words(actual ?? "")
            guard wantedWords.count <= actualWords.count else { return false }
            return (0...(actualWords.count - wantedWords.count)).contains { start in
                actualWords[start..<(start + wantedWords.count)].elementsEqual(wantedWords)
            }
        }

        private static func words(_ text: String) -> [[UInt8]] {
            text.utf8.split { byte in
                !((0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte))
            }.map { word in word.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
        }
    }
}

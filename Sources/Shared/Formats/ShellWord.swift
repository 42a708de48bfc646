/// Words as a POSIX shell reads them.
package enum ShellWord {
    /// The word as it is where a shell reads it so, else between single quotes.
    package static func needed(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_./:@%+,".utf8.contains(byte)
        }
        return isPlain && !word.isEmpty ? word : quoted(word)
    }

    /// The word between single quotes, whatever it holds.
    package static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}

import Glibc

/// What the fuzzer's binary does besides fuzzing: `fuzz list`, and `fuzz prepare FOLDER`, which makes the corpora.
enum Command {
    /// The exit code, or nil where the arguments are libFuzzer's.
    static func run(_ arguments: [String]) -> CInt? {
        switch (arguments.dropFirst().first, arguments.dropFirst(2).first) {
        case ("list", _):
            for target in FuzzTarget.all { print(target.name) }
        case ("prepare", let folder?):
            for target in FuzzTarget.all where !prepare(target, folder) {
                complain("cannot write below \(folder)")
                return 1
            }
        case ("prepare", nil):
            complain("say where: fuzz prepare FOLDER")
            return 2
        default: return nil
        }
        return 0
    }

    /// The target that `--target=NAME` names.
    static func target(_ arguments: [String]) -> FuzzTarget? {
        let option = "--target="
        let name = arguments.last { $0.hasPrefix(option) }?.dropFirst(option.count)
        return FuzzTarget.all.first { $0.name == name ?? "" }
    }

    static func complain(_ text: String) {
        let line = Array("fuzz: \(text)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, line, line.count)
    }

    /// `FOLDER/NAME/seeds/0`..., `words` as a dictionary, `largest` with the limit of an input.
    private static func prepare(_ target: FuzzTarget, _ folder: String) -> Bool {
        let place = "\(folder)/\(target.name)"
        for part in [folder, place, "\(place)/seeds"] { mkdir(part, 0o755) }
        let words = target.words.map { "\"\(escaped($0))\"\n" }.joined()
        let seeds = target.seeds().filter { $0.count <= target.largest }
        return write(Array(words.utf8), "\(place)/words")
            && write(Array("\(target.largest)\n".utf8), "\(place)/largest")
            && seeds.enumerated().allSatisfy { write($1, "\(place)/seeds/\($0)") }
    }

    /// A word as libFuzzer's dictionaries have it: printable ASCII as it is, the rest by its bytes.
    private static func escaped(_ word: String) -> String {
        word.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
            case 0x20...0x7E: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }

    private static func write(_ bytes: [UInt8], _ path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        let written = fwrite(bytes, 1, bytes.count, file)
        return fclose(file) == 0 && written == bytes.count
    }
}

/// One end of a copy as it is written on the command line.
enum CopyPlace: Hashable, Sendable {
    /// A path on this machine.
    case here(String)
    /// A path on a node.
    case node(String, path: String)

    /// `NODE:PATH`, or a path here. A colon behind a slash is part of a name: `./a:b` is a file.
    init(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex, !text[..<colon].contains("/") else {
            self = .here(text)
            return
        }
        self = .node(String(text[..<colon]), path: String(text[text.index(after: colon)...]))
    }

    /// For people.
    var text: String {
        switch self {
        case .here(let path): path
        case .node(let node, let path): node + ":" + path
        }
    }

    /// What stands for the place whatever folder a command runs in.
    func identity(in folder: String) -> String {
        switch self {
        case .here(let path): path.hasPrefix("/") ? path : folder + "/" + path
        case .node: text
        }
    }
}

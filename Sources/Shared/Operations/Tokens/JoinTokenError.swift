/// Why a text is no join token. The message never repeats the text, because it may hold a secret.
package enum JoinTokenError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    /// Its length in bytes.
    case tooLong(Int)
    /// It does not begin with `cap1_`.
    case foreign
    /// What follows the prefix is not the base64url of its JSON.
    case garbled
    /// A version this build does not know.
    case version(Int)
    /// A part that is missing or out of its bounds.
    case field(String)

    package var description: String {
        switch self {
        case .empty: "the token is empty"
        case .tooLong(let length):
            "the token is \(length) bytes long, at most \(JoinToken.maximumLength) are possible"
        case .foreign: "this is no join token: it must begin with \(JoinToken.prefix)"
        case .garbled: "the token is damaged; copy all of it, without line breaks"
        case .version(let version):
            "the token is of version \(version), which this capstan does not know; update it"
        case .field(let name): "the token is damaged: its \(name) cannot be used"
        }
    }
}

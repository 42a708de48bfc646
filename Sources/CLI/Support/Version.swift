/// What this program calls itself.
enum Version {
    static let number = "0.1.0"
    /// For HELLO and logs.
    static let software = "capstan/\(number)"
}

/// The signals a program can be ended by, by name: Linux numbers, without the `SIG`.
package enum SignalName {
    private static let names: [Int: String] = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
        11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 24: "XCPU", 25: "XFSZ",
        26: "VTALRM", 27: "PROF", 31: "SYS",
    ]

    /// The name of a number; the number itself where it has none.
    package static func name(_ number: Int) -> String { names[number] ?? "\(number)" }

    /// The number of a name, or nil.
    package static func number(_ name: String) -> Int? {
        names.first { $0.value == name }?.key ?? Int(name)
    }
}

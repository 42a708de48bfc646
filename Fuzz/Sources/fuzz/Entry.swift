import Glibc

/// The process's start. SwiftPM makes `main` of the symbol MODULE_main; our own command is done here, all else is left to
/// libFuzzer.
@_cdecl("fuzz_main")
public func begin(_ count: CInt, _ arguments: UnsafeMutableRawPointer?) -> CInt {
    if let done = Command.run(CommandLine.arguments) { return done }
    _ = Chosen.target
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, testOneInput)
}

/// libFuzzer's loop, called as its documentation has it (https://llvm.org/docs/LibFuzzer.html).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let before = Cost.now()
    Chosen.target.run(bytes)
    Cost.check(since: before, bytes: count, allowance: Chosen.target.allowance)
    return 0
}

/// The target of this process.
enum Chosen {
    static let target: FuzzTarget = {
        guard let target = Command.target(CommandLine.arguments) else {
            Command.complain("say which target: --target=NAME; `fuzz list` tells them")
            exit(2)
        }
        return target
    }()
}

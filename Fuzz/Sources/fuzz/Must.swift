/// What has to hold for every input. Where it does not the process ends as by a trap, and libFuzzer keeps the input.
func must(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError("does not hold: " + what()) }
}

/// What `body` returns, or its error; any other type of error than the declared one is a finding.
func attempt<Value, Failure: Error>(
    _ failure: Failure.Type, _ body: () throws -> Value
) -> Result<Value, Failure> {
    do {
        return .success(try body())
    } catch let error as Failure {
        return .failure(error)
    } catch {
        fatalError("does not hold: only \(failure) is thrown, not \(type(of: error)): \(error)")
    }
}

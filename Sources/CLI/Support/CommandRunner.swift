import ArgumentParser
import Daemon
import Glibc

/// Parses, runs, and turns whatever comes of it into output and an exit code.
enum CommandRunner {
    /// Never returns. - Parameter arguments: without the program's name.
    static func run(_ arguments: [String]) async -> Never {
        SignalWatch.ignoreBrokenPipes()
        let format = ErrorReport.format(in: arguments)
        if let place = RawArguments.firstNotUTF8() {
            let failure = Failure.misuse(
                "argument \(place) is not UTF-8; arguments travel as JSON, which holds nothing else",
                advice: "pass such bytes on stdin: capstan exec NODE -- CMD < FILE")
            StandardError.write(ErrorReport.text(failure, format: format))
            leave(failure.exit)
        }
        let headStart = HeadStart.begin(arguments)
        let command: any ParsableCommand
        do {
            command = try await CommandParsing.parse(arguments)
        } catch {
            leave(refused(error, arguments, format: format))
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await HeadStart.$connector.withValue(headStart) { try await command.run() }
            } else {
                var command = command
                try command.run()
            }
            leave(.success)
        } catch let exit as ProgramExit {
            leave(Daemon.ExitCode(rawValue: exit.code))
        } catch let failure as OutputFailure {
            leave(unwritten(failure, format: format))
        } catch let error where isParserError(error) {
            leave(refused(error, arguments, format: format))
        } catch {
            let failure = Failure(error, of: command)
            StandardError.write(ErrorReport.text(failure, format: format))
            leave(failure.exit)
        }
    }

    /// Ends the process at once: everything of ours is written without buffers, and nothing waits for threads.
    static func leave(_ code: Daemon.ExitCode) -> Never {
        fflush(nil)
        LocalTerminal.restore()
        _exit(code.rawValue)
    }

    /// Help and versions go to stdout and are no failure; anything else the parser says is misuse.
    private static func refused(
        _ error: any Error, _ arguments: [String], format: OutputFormat
    ) -> Daemon.ExitCode {
        let text = Capstan.fullMessage(for: error)
        guard Capstan.exitCode(for: error) != .success else {
            print(text)
            return .success
        }
        let advice = MistypedCommand.meant(by: arguments).map { "did you mean: \($0)" }
        guard format != .json else {
            let failure = Failure.misuse(Capstan.message(for: error), advice: advice)
            StandardError.write(ErrorReport.text(failure, format: format))
            return .misuse
        }
        let plain = text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
        StandardError.write("capstan: " + plain + (advice.map { "\n  \($0)" } ?? "") + "\n")
        return .misuse
    }

    /// Errors of the parser that only show when a command runs: help, completion scripts, validation.
    private static func isParserError(_ error: any Error) -> Bool {
        error is CleanExit || error is ValidationError || error is ArgumentParser.ExitCode
            || String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
    }

    /// A reader that went away ends us as it ends other tools, with SIGPIPE's code and without a word.
    private static func unwritten(_ failure: OutputFailure, format: OutputFormat) -> Daemon.ExitCode {
        guard case .failed(let code) = failure else { return .endedBySignal(SIGPIPE) }
        let message = Failure.failed("cannot write to stdout: \(String(cString: strerror(code)))")
        StandardError.write(ErrorReport.text(message, format: format))
        return .failure
    }
}

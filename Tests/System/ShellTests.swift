import Foundation
import TestKit
import Testing

@Suite("A terminal on a node", .serialized)
struct ShellTests {
    @Test("is one: its size follows, keys reach the program, the code is the program's, and the terminal is as it was")
    func shell() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let shell = try fleet.startOnTerminal("shell", "one", "--", "sh", "-i", columns: 100, rows: 30)
            try await shell.type("test -t 0 && echo termi''nal $TERM\r")
            try await shell.shows("terminal xterm\r\n")
            #expect(try await !shell.takesLines)
            try await shell.behaves()
        }
    }

    @Test("is left by its keys and by a signal, and what ran there ends")
    func left() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            for way in ["keys", "signal"] {
                let mark = fleet.path("pid-" + way)
                let shell = try fleet.startOnTerminal(
                    "shell", "one", "--", "sh", "-c", "echo $$ > '\(mark)'; echo up; exec sleep 600")
                try await shell.shows("up")
                let pid = try #require(
                    Int32(try String(contentsOfFile: mark, encoding: .utf8).trimmingCharacters(in: .newlines)))
                if way == "keys" { try await shell.type("\r~.") } else { shell.signal(SIGTERM) }
                #expect(await shell.wait() == 130)
                #expect(shell.text.contains("left one"))
                try await until("the end of what ran") { kill(pid, 0) != 0 }
            }
        }
    }

    @Test("gives the terminal back when the link is lost, with the reason")
    func lost() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            // A shell around it, as a person has one, so that the terminal is still there to be looked at.
            let binary = try BuiltBinary.path()
            let person = try TerminalProgram(
                [
                    "/bin/sh", "-c",
                    "'\(binary)' shell one -- sh -c 'echo up; exec sleep 600'; echo code $?; exec sleep 600",
                ],
                environment: fleet.environment.merging(["TERM": "xterm"]) { $1 }, folder: fleet.folder.path)
            try await person.shows("up")
            #expect(try await !person.takesLines)
            try await fleet.killSpoke("one")
            try await person.shows("code 69", seconds: 60)
            #expect(person.text.contains("the link to one was lost"), "\(person.text)")
            #expect(try await person.takesLines)
            person.signal(SIGKILL)
            _ = await person.wait()
        }
    }

    @Test("gives the terminal back when it is killed, unless somebody else has taken it")
    func killed() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let binary = try BuiltBinary.path()
            for isTaken in [false, true] {
                let mark = fleet.path("pid")
                // A shell around it, as a person has one; one that does not mend a terminal by itself.
                let person = try TerminalProgram(
                    [
                        "/bin/sh", "-c",
                        "sh -c 'echo $$ > '\(mark)'; exec \"\(binary)\" shell one -- sh -c \"echo up; exec sleep 600\"'; "
                            + "echo code $?; exec sleep 600",
                    ],
                    environment: fleet.environment.merging(["TERM": "xterm"]) { $1 }, folder: fleet.folder.path)
                try await person.shows("up")
                #expect(try await !person.takesLines)
                if isTaken { #expect(try await person.stty("-icanon", "min", "3").code == 0) }
                let pid = try #require(
                    Int32(try String(contentsOfFile: mark, encoding: .utf8).trimmingCharacters(in: .newlines)))
                kill(pid, SIGKILL)
                try await person.shows("code 137")
                if isTaken {
                    try await Task.sleep(for: .milliseconds(200))
                    #expect(try await !person.takesLines)
                } else {
                    try await until("the terminal as it was") { try await person.takesLines }
                }
                person.signal(SIGKILL)
                _ = await person.wait()
            }
        }
    }

    @Test("Ctrl-C reaches a program that reads nothing while 10 MB of input wait for it")
    func stuck() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let shell = try fleet.startOnTerminal(
                "shell", "one", "--", "sh", "-c", "stty raw -echo; echo up; exec sleep 600")
            try await shell.shows("up")
            let line = String(repeating: "x", count: 99_999) + "\n"
            for _ in 0..<100 { try await shell.type(line) }
            try await shell.type("\u{3}")
            #expect(await shell.wait() == 130)
        }
    }

    @Test("is suspended and continued, and leaves the terminal alone while it is in the background")
    func jobs() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let binary = try BuiltBinary.path()
            let person = try TerminalProgram(
                ["/bin/bash", "--norc", "-i"],
                environment: fleet.environment.merging(["TERM": "dumb", "PS1": "$ "]) { $1 },
                folder: fleet.folder.path)
            try await person.type("'\(binary)' shell one -- sh -c 'stty -echo; echo up; exec cat'\r")
            try await person.shows("up\r\n")
            try await person.type("one\r")
            try await person.shows("one\r\n")
            try await person.type("~\u{1A}")
            try await person.shows("Stopped")
            try await person.type("bg; sleep 0.5; echo ba''ck\r")
            try await person.shows("back\r\n")
            try await person.type("echo still he''re; fg\r")
            try await person.shows("still here\r\n")
            // Once it has the terminal again; what is typed before is the shell's.
            try await until("what is typed comes back from there") {
                try await person.type("two\r")
                return person.text.components(separatedBy: "two").count > 2
            }
            try await person.type("\r~.")
            try await person.shows("left one")
            try await person.type("exit 3\r")
            #expect(await person.wait() == 3)
        }
    }

    @Test("a paste that nobody reads is thrown away at Ctrl-C, and never reaches the shell behind")
    func flush() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let mark = fleet.path("mark")
            let shell = try fleet.startOnTerminal("shell", "one", "--", "bash", "--norc", "-i")
            try await shell.type("bash -c 'stty raw -echo; echo up \"up\"; exec sleep 600'; stty sane; echo aft''er\r")
            try await shell.shows("up up")
            for _ in 0..<2_000 { try await shell.type("touch '\(mark)' #\(String(repeating: "x", count: 60))\r") }
            try await ContinuousClock().sleep(for: .seconds(1))
            try await shell.type("\u{3}")
            try await until("the shell") {
                try await shell.type("\r echo ali''ve\r")
                return shell.text.contains("alive\r\n")
            }
            #expect(access(mark, F_OK) != 0)
            shell.signal(SIGTERM)
            #expect(await shell.wait() == 130)
        }
    }

    @Test("exec has one with --tty, and none without; a shell without one says what is to be done")
    func exec() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let exec = try fleet.startOnTerminal(
                "exec", "--tty", "one", "--", "sh", "-c", "stty size; exit 3", columns: 90)
            #expect(await exec.wait() == 3)
            #expect(exec.text.contains("24 90\r\n"), "\(exec.text)")
            let file = fleet.folder.appending(path: "lines")
            try Data("one\ntwo\n".utf8).write(to: file)
            let piped = try await fleet.run("exec", "--tty", "one", "--", "sh", "-c", "stty -echo; cat", input: file)
            #expect(piped.code == 0 && piped.text.contains("two\r\n"), "\(piped.text) \(piped.err)")
            let refused = try await fleet.run("shell", "one", input: file)
            #expect(refused.code == 2 && refused.err.contains("capstan exec one"), "\(refused.err)")
            let missing = try fleet.startOnTerminal("shell", "one", "--", "no-such-program")
            #expect(await missing.wait() == 127)
            #expect(missing.text.contains("no-such-program"))
        }
    }
}

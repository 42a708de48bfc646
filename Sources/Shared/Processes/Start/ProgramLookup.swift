import Glibc

/// Finds the file of a program the way execvp does, in the PATH and working directory that the program will have.
enum ProgramLookup {
    /// Where PATH is not set, as in glibc.
    private static let defaultPath = "/bin:/usr/bin"

    /// A path to execute; relative ones are relative to the program's working directory.
    static func resolve(_ spec: ProcessSpec) throws(LaunchError) -> String {
        if let directory = spec.workingDirectory { try checkDirectory(directory) }
        let program = spec.arguments.first ?? ""
        if program.utf8.contains(UInt8(ascii: "/")) {
            switch judge(program, in: spec.workingDirectory) {
            case .executable: return program
            case .unusable(let code): throw LaunchError.notExecutable("\(program): \(SystemError.text(code))")
            case .missing:
                let place = program.hasPrefix("/") ? "" : spec.workingDirectory.map { " in \($0)" } ?? ""
                throw LaunchError.programNotFound("\(program): no such file\(place)")
            }
        }
        var refusal: Int32?
        let path = spec.environment["PATH"] ?? defaultPath
        for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = folder.isEmpty ? "./" + program : folder + "/" + program
            switch judge(candidate, in: spec.workingDirectory) {
            case .executable: return candidate
            case .unusable(let code): refusal = refusal ?? code
            case .missing: continue
            }
        }
        if let refusal { throw LaunchError.notExecutable("\(program): \(SystemError.text(refusal))") }
        throw LaunchError.programNotFound("\(program): not found in PATH")
    }

    private enum Judgement {
        case executable
        case unusable(Int32)
        case missing
    }

    private static func judge(_ path: String, in directory: String?) -> Judgement {
        let absolute = path.hasPrefix("/") ? path : directory.map { $0 + "/" + path } ?? path
        var status = stat()
        if stat(absolute, &status) != 0 {
            return errno == EACCES ? .unusable(EACCES) : .missing
        }
        if status.st_mode & S_IFMT == S_IFDIR { return .unusable(EISDIR) }
        return faccessat(AT_FDCWD, absolute, X_OK, AT_EACCESS) == 0 ? .executable : .unusable(EACCES)
    }

    private static func checkDirectory(_ path: String) throws(LaunchError) {
        var status = stat()
        var code: Int32 = 0
        if stat(path, &status) != 0 {
            code = errno
        } else if status.st_mode & S_IFMT != S_IFDIR {
            code = ENOTDIR
        } else if faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0 {
            code = errno
        }
        if code != 0 { throw LaunchError.badWorkingDirectory("working directory \(path): \(SystemError.text(code))") }
    }
}

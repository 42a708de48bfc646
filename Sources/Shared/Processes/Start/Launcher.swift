import CProcesses
import Glibc

/// Starts programs: in a session of their own, signals at their defaults, nothing open but 0, 1 and 2.
enum Launcher {
    /// Starts the program with the given descriptors as its 0, 1 and 2 and returns its pid, which is its process
    /// group and session too. The descriptors stay the caller's to close.
    static func start(
        _ spec: ProcessSpec, input: Int32, output: Int32, error: Int32
    ) throws(LaunchError) -> Int32 {
        if let invalidity = spec.invalidity { throw LaunchError.other(invalidity) }
        let path = try ProgramLookup.resolve(spec)
        let code = spawn(path, spec, files: [input, output, error])
        guard code > 0 else { throw LaunchError(code: -code, program: spec.arguments.first ?? path) }
        return code
    }

    /// The pid or a negative errno.
    static func spawn(_ path: String, _ spec: ProcessSpec, files: [Int32]) -> Int32 {
        DescriptorLimit.programs {
            withStrings(spec.arguments) { arguments in
                withStrings(spec.environment.map { $0.key + "=" + $0.value }) { environment in
                    var pid: pid_t = 0
                    let result =
                        if let directory = spec.workingDirectory {
                            cp_spawn(path, arguments, environment, directory, files, &pid)
                        } else {
                            cp_spawn(path, arguments, environment, nil, files, &pid)
                        }
                    return result < 0 ? result : pid
                }
            }
        }
    }

    /// The strings as a NULL-terminated array of C strings, for the time of the call.
    private static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

import CProcesses
import Glibc

/// Starts programs: in a session of their own, signals at their defaults, nothing open but 0, 1 and 2.
enum Launcher {
    /// Starts the program with the given descriptors as its 0, 1 and 2 and returns its pid, which is its process
    /// group and session too. The descriptors stay the caller's to close. With a `group` it is in it from its first
    /// instruction on; only a process of one thread may ask for that.
    static func start(
        _ spec: ProcessSpec, input: Int32, output: Int32, error: Int32, group: ControlGroup? = nil
    ) throws(LaunchError) -> Int32 {
        if let invalidity = spec.invalidity { throw LaunchError.other(invalidity) }
        let path = try ProgramLookup.resolve(spec)
        let files = [input, output, error]
        let code: Int32
        if let group {
            code = try spawn(path, spec, files: files, in: group)
        } else {
            code = spawn(path, spec, files: files)
        }
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

    /// The pid or a negative errno. Throws where the group cannot be entered: then nothing was started.
    private static func spawn(
        _ path: String, _ spec: ProcessSpec, files: [Int32], in group: ControlGroup
    ) throws(LaunchError) -> Int32 {
        func refused(_ code: Int32) -> LaunchError {
            .other("enter the control group \(group.path): \(SystemError.text(code))")
        }
        let opened = cp_open(group.file(ControlGroup.members), O_WRONLY, 0)
        guard opened >= 0 else { throw refused(-opened) }
        let members = Descriptor(opened)
        var entering: Int32 = 0
        let result = withStrings(spec.arguments) { arguments in
            withStrings(spec.environment.map { $0.key + "=" + $0.value }) { environment in
                var pid: pid_t = 0
                let result =
                    if let directory = spec.workingDirectory {
                        cp_spawn_in(path, arguments, environment, directory, files, members.fd, &pid, &entering)
                    } else {
                        cp_spawn_in(path, arguments, environment, nil, files, members.fd, &pid, &entering)
                    }
                return result < 0 ? result : pid
            }
        }
        if entering != 0 { throw refused(-result) }
        return result
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

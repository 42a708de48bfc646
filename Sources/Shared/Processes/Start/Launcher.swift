import CProcesses
import Glibc

/// Starts programs: in a session of their own, signals at their defaults, nothing open but 0, 1 and 2.
enum Launcher {
    /// Where a program's input and output are.
    enum Streams {
        /// Its 0, 1 and 2; they stay the caller's to close.
        case files([Int32])
        /// The terminal at this path, which is the one that its session has.
        case terminal(String)
    }

    /// Starts the program and returns its pid, which is its process group and session too.
    /// - Parameters:
    ///   - group: where it is from its first instruction on.
    ///   - account: whose it is; nil for this process's own. Needs a superuser.
    static func start(
        _ spec: ProcessSpec, _ streams: Streams, group: ControlGroup? = nil, account: Account? = nil
    ) throws(LaunchError) -> Int32 {
        if let invalidity = spec.invalidity { throw LaunchError.other(invalidity) }
        let path = try ProgramLookup.resolve(spec)
        let code: Int32
        if group != nil || account != nil {
            code = try spawn(path, spec, streams, group, account)
        } else {
            switch streams {
            case .files(let files): code = spawn(path, spec, files: files)
            case .terminal(let terminal): code = spawn(spec) { cp_spawn_on(path, $0, $1, $2, terminal, $3) }
            }
        }
        guard code > 0 else { throw LaunchError(code: -code, program: spec.arguments.first ?? path) }
        return code
    }

    /// The pid or a negative errno.
    static func spawn(_ path: String, _ spec: ProcessSpec, files: [Int32]) -> Int32 {
        spawn(spec) { cp_spawn(path, $0, $1, $2, files, $3) }
    }

    private typealias Strings = UnsafePointer<UnsafeMutablePointer<CChar>?>

    /// The pid or a negative errno. - Parameter call: gets arguments, environment, working directory, and where the pid goes.
    private static func spawn(
        _ spec: ProcessSpec,
        _ call: (Strings?, Strings?, UnsafePointer<CChar>?, UnsafeMutablePointer<pid_t>) -> Int32
    ) -> Int32 {
        DescriptorLimit.programs {
            withStrings(spec.arguments) { arguments in
                withStrings(spec.environment.map { $0.key + "=" + $0.value }) { environment in
                    var pid: pid_t = 0
                    let result =
                        if let directory = spec.workingDirectory {
                            directory.withCString { call(arguments, environment, $0, &pid) }
                        } else {
                            call(arguments, environment, nil, &pid)
                        }
                    return result < 0 ? result : pid
                }
            }
        }
    }

    /// The pid or a negative errno. Throws where the group cannot be entered, or the user not be become: then nothing was
    /// started.
    private static func spawn(
        _ path: String, _ spec: ProcessSpec, _ streams: Streams, _ group: ControlGroup?, _ account: Account?
    ) throws(LaunchError) -> Int32 {
        var members: Descriptor?
        if let group {
            let opened = cp_open(group.file(ControlGroup.members), O_WRONLY, 0)
            guard opened >= 0 else { throw refused(group, -opened) }
            members = Descriptor(opened)
        }
        var place = cp_place()
        place.group = members?.fd ?? -1
        var stage: Int32 = 0
        if let account {
            place.as_user = 1
            place.user = account.id
            place.primary = account.group
            place.group_count = Int32(account.groups.count)
        }
        let result = (account?.groups ?? []).withUnsafeBufferPointer { groups in
            place.groups = groups.baseAddress
            switch streams {
            case .files(let files):
                return spawn(spec) { cp_spawn_in(path, $0, $1, $2, files, &place, $3, &stage) }
            case .terminal(let terminal):
                return terminal.withCString { terminal in
                    place.terminal = terminal
                    return spawn(spec) { cp_spawn_in(path, $0, $1, $2, nil, &place, $3, &stage) }
                }
            }
        }
        switch (stage, group, account) {
        case (Int32(CP_STAGE_GROUP), let group?, _): throw refused(group, -result)
        case (Int32(CP_STAGE_USER), _, let account?):
            throw LaunchError.other("become the user \(account.name): \(SystemError.text(-result))")
        default: return result
        }
    }

    private static func refused(_ group: ControlGroup, _ code: Int32) -> LaunchError {
        .other("enter the control group \(group.path): \(SystemError.text(code))")
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

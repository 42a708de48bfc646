import Glibc

/// A user of this machine.
package struct Account: Sendable, Hashable {
    package var id: UInt32
    /// The number of the primary group.
    package var group: UInt32
    /// The numbers of all groups, the primary one among them.
    package var groups: [UInt32]
    package var name: String
    package var home: String
    package var shell = "/bin/sh"

    package init(id: UInt32, group: UInt32 = 0, groups: [UInt32] = [], name: String, home: String) {
        self.id = id
        self.group = group
        self.groups = groups
        self.name = name
        self.home = home
    }

    /// Who this process runs as. A user without an entry in the system's list has a number for a name.
    package static var current: Account {
        let id = geteuid()
        return find { getpwuid_r(id, $0, $1, $2, $3) }
            ?? Account(id: id, group: getegid(), name: String(id), home: "/")
    }

    /// The user of this name or number; nil where the system's list has none.
    package static func named(_ text: String) -> Account? {
        if let found = find({ getpwnam_r(text, $0, $1, $2, $3) }) { return found }
        guard let id = UInt32(text) else { return nil }
        return find { getpwuid_r(id, $0, $1, $2, $3) }
    }

    /// Whether `text` names this user, by name or number.
    package func isNamed(_ text: String) -> Bool { text == name || text == String(id) }

    /// Whether this process may start programs as any user.
    package static var mayChange: Bool { geteuid() == 0 }

    private static func find(
        _ look: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) -> Account? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
            guard let base = buffer.baseAddress, look(&entry, base, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name, let home = entry.pw_dir
            else { return nil }
            var account = Account(
                id: entry.pw_uid, group: entry.pw_gid, groups: groups(of: name, and: entry.pw_gid),
                name: String(cString: name), home: String(cString: home))
            if let shell = entry.pw_shell.map({ String(cString: $0) }), !shell.isEmpty { account.shell = shell }
            return account
        }
    }

    private static func groups(of name: UnsafePointer<CChar>, and primary: UInt32) -> [UInt32] {
        var count: Int32 = 64
        while count <= 65_536 {
            var groups = [UInt32](repeating: 0, count: Int(count))
            let room = count
            if getgrouplist(name, primary, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            count = max(count, room * 2)
        }
        return [primary]
    }
}

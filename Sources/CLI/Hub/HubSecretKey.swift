import Core
import Crypto
import Daemon

/// The key that values in the hub's store are sealed with, in a file of its own beside the store.
struct HubSecretKey {
    let setup: HubSetup
    /// Told of a file that others could read, once they cannot any more.
    let notice: (String) -> Void

    /// Reads the key, or makes one where there is none: then what was sealed before cannot be read any more. Only for who
    /// holds the hub's lock.
    func load() throws -> (key: [UInt8], isNew: Bool) {
        let path = setup.secretKeyPath
        if try SecretFile.tighten(path) { notice(SecretFile.notice(path)) }
        if let key = try AtomicFile.readIfPresent(path, limit: 1_024) {
            guard key.count == HubConfiguration.secretKeyLength else {
                throw Failure.malformed("\(path) is no key of this hub", advice: "restore it from a backup")
            }
            return (Array(key), false)
        }
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try AtomicFile.write(key, to: path)
        return (key, true)
    }

    /// What the loss of the key means; nil where nothing was sealed with it.
    static func loss(of sealed: Int, path: String) -> String? {
        guard sealed > 0 else { return nil }
        let which = sealed == 1 ? "1 workload that has" : "\(sealed) workloads that have"
        return "\(path) was missing and was made anew: the variables of \(which) not ended cannot be read; "
            + "stop the hub and restore that file from the backup of the database, or submit them again"
    }
}

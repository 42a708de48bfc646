import Core
import Crypto
import Daemon

/// The key that values in the hub's store are sealed with, in a file of its own beside the store.
struct HubSecretKey {
    let setup: HubSetup
    /// Told of a file that others could read, once they cannot any more.
    let notice: (String) -> Void

    /// Reads the key, or makes one where there is none. Only for who holds the hub's lock.
    func load() throws -> [UInt8] {
        let path = setup.secretKeyPath
        if try SecretFile.tighten(path) { notice(SecretFile.notice(path)) }
        if let key = try AtomicFile.readIfPresent(path, limit: 1_024) {
            guard key.count == HubConfiguration.secretKeyLength else {
                throw Failure.malformed("\(path) is no key of this hub", advice: "restore it from a backup")
            }
            return Array(key)
        }
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try AtomicFile.write(key, to: path)
        return key
    }
}

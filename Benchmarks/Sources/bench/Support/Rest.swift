import Glibc

/// Time in which nothing is done here.
enum Rest {
    static func seconds(_ count: UInt32) {
        var left = count
        while left > 0 { left = sleep(left) }
    }
}

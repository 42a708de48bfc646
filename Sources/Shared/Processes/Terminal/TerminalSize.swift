/// The size of a terminal in characters, and in pixels where that is known (0 where not).
package struct TerminalSize: Sendable, Hashable {
    package var columns: UInt16
    package var rows: UInt16
    package var pixelWidth: UInt16
    package var pixelHeight: UInt16

    package init(columns: UInt16, rows: UInt16, pixelWidth: UInt16 = 0, pixelHeight: UInt16 = 0) {
        self.columns = columns
        self.rows = rows
        self.pixelWidth = pixelWidth
        self.pixelHeight = pixelHeight
    }
}

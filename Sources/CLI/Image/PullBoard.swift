import Formats
import Operations

/// How far the layers of a pull are: on a terminal a line each, drawn anew; elsewhere a line for each change of a state.
struct PullBoard {
    private struct Layer {
        var name: String
        var status: String
        var current: Int64?
        var total: Int64?
    }

    let isTerminal: Bool
    private var layers: [Layer] = []
    private var places: [String: Int] = [:]
    private var drawn = 0

    private static let barWidth = 24

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    /// Takes a step and gives what is to be written for it.
    mutating func take(_ step: ImageProgress) -> String {
        guard let name = step.layer else { return above(CellText.line(step.status) + "\n") }
        let place = places[name] ?? layers.count
        let isNews = place == layers.count || layers[place].status != step.status
        let layer = Layer(name: name, status: step.status, current: step.current, total: step.total)
        if place == layers.count {
            places[name] = place
            layers.append(layer)
        } else {
            layers[place] = layer
        }
        guard isTerminal else { return isNews ? "\(CellText.line(name)): \(CellText.line(step.status))\n" : "" }
        return drawing()
    }

    /// A line that stays, before what is drawn anew.
    private mutating func above(_ line: String) -> String {
        guard isTerminal, drawn > 0 else { return line }
        let back = "\u{1B}[\(drawn)F\u{1B}[J"
        drawn = 0
        return back + line + drawing()
    }

    private mutating func drawing() -> String {
        let back = drawn > 0 ? "\u{1B}[\(drawn)F\u{1B}[J" : ""
        drawn = layers.count
        return back + layers.map { Self.line($0) }.joined()
    }

    private static func line(_ layer: Layer) -> String {
        var text = "\(CellText.line(layer.name))  \(CellText.line(layer.status))"
        if let current = layer.current, let total = layer.total, total > 0 {
            let done = Int(Double(max(0, min(current, total))) / Double(total) * Double(barWidth))
            let bar = String(repeating: "=", count: done) + String(repeating: " ", count: barWidth - done)
            text += "  [\(bar)] \(ByteSize.string(current)) of \(ByteSize.string(total))"
        }
        return text + "\n"
    }
}
